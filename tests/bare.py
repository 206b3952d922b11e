"""
Runs a program as if on a platform that cannot fork and has no `fcntl` and no `resource`.

`python tests/bare.py MODULE ARGUMENTS` runs a module; `environment()` gives the variables with
which every Python below is so too.
"""

from __future__ import annotations

import os
import runpy
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path

_MODULES = {"fcntl", "resource"}
_CALLS = ("fork", "forkpty", "register_at_fork", "setpgid", "setsid", "unshare")


class _Nothing(MetaPathFinder):
    """Finds none of the modules that the platform has not."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in _MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def hide() -> None:
    """Take away what the platform has not, from this process."""
    import multiprocessing.context  # noqa: F401, PLC0415 - they look at the system when they are imported
    import random  # noqa: F401, PLC0415 - this one registers itself at forks
    import threading  # noqa: F401, PLC0415

    for name in _CALLS:
        if hasattr(os, name):
            delattr(os, name)
    for name in _MODULES:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, _Nothing())


def environment(folder: Path) -> dict[str, str]:
    """Return variables with which every Python that starts is on such a platform."""
    (folder / "sitecustomize.py").write_text(
        f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\nimport bare\nsys.path.pop(0)\nbare.hide()\n"
    )
    paths = [str(folder), *(each for each in sys.path if each)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


if __name__ == "__main__":
    hide()
    module, *sys.argv = sys.argv[1], *sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
