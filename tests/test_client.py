"""Scripts and styles: built from what is here, sent as they were built, and from nowhere else."""

from __future__ import annotations

import base64
import gzip
import hashlib
import importlib.util
import json
import re
from typing import TYPE_CHECKING

import pytest

from anshan_kg.web import assets
from tests.conftest import ROOT

if TYPE_CHECKING:
    from types import ModuleType

    from flask.testing import FlaskClient

BUILT = ROOT / "src/anshan_kg/web/static/built"
LOCK = ROOT / "client/package-lock.json"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """The build hook, which is no part of the package."""
    found = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_bundles_are_those_of_the_sources_here(hook: ModuleType):
    """Python and JavaScript take the same digest; where it differs, the package is built anew."""
    made = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
    assert made["sources"] == hook.digest(ROOT / "client")


def test_a_change_of_any_source_is_seen(hook: ModuleType, tmp_path):
    for name in ("build.mjs", "package-lock.json", "package.json", "tsconfig.json", "src/one.ts"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1", encoding="utf-8")
    before = hook.digest(tmp_path)
    (tmp_path / "src/one.ts").write_text("2", encoding="utf-8")
    changed = hook.digest(tmp_path)
    (tmp_path / "src/one.ts").rename(tmp_path / "src/two.ts")
    assert len({before, changed, hook.digest(tmp_path)}) == 3


def test_the_lock_pins_every_package_by_digest_and_names_no_registry():
    packages = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    pinned = {name: each for name, each in packages.items() if name}
    assert pinned
    assert all(each["integrity"].startswith("sha512-") for each in pinned.values())
    assert "resolved" not in LOCK.read_text(encoding="utf-8")
    assert "http" not in (ROOT / "client/.npmrc").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(assets.manifest()))
def test_a_bundle_is_sent_whole_packed_for_ever_and_as_its_integrity_says(client: FlaskClient, name: str):
    told = assets.manifest()[name]
    address = f"/static/built/{told['file']}"
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert plain.status_code == packed.status_code == 200
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    digest = base64.b64encode(hashlib.sha384(plain.data).digest()).decode()
    assert told["integrity"] == f"sha384-{digest}"
    assert "immutable" in plain.headers["Cache-Control"]
    assert plain.mimetype == ("text/css" if name.endswith(".css") else "text/javascript")


@pytest.mark.parametrize(
    "name",
    ["nothing.js", "part-ZZZZZZZZ.js", "manifest.json", "..%2f..%2fpy.typed", "part-..%2f..%2fstyle.css", ""],
)
def test_nothing_else_is_sent_from_there(client: FlaskClient, name: str):
    with client.get(f"/static/built/{name}") as reply:
        assert reply.status_code in {404, 405}


def test_the_bundles_ask_nobody_else_and_run_no_text():
    for file in BUILT.glob("*.js"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(
            r"(?:fetch|import|importScripts|EventSource|WebSocket)\(\s*[\"'`]https?://", text
        ), file.name
        assert "sourceMappingURL" not in text
    assert not re.search(
        r"url\(\s*[\"']?https?://|@import", next(BUILT.glob("*.css")).read_text(encoding="utf-8")
    )


def test_the_licences_of_what_is_bundled_are_beside_it(client: FlaskClient):
    text = client.get("/static/built/LICENSES.txt").text
    for package in ("cytoscape", "@codemirror/view", "d3-geo", "d3-sankey", "codemirror-lang-sparql"):
        assert re.search(rf"^{re.escape(package)} [\d.]+, (MIT|ISC|BSD-3-Clause)$", text, re.MULTILINE), (
            package
        )
    _, *parts = re.split(r"(?:packages below\.|-{78})\n\n", text)
    heads = [part.splitlines()[0] for part in parts]
    assert len(heads) > 20
    assert [
        head for head in heads if not re.fullmatch(r"\S+ [\d.]+, (?:MIT|ISC|BSD-3-Clause|Apache-2\.0)", head)
    ] == []
