"""What runs the service elsewhere, a container file and a unit of systemd, held to what it finds there."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from ctypes.util import find_library
from typing import TYPE_CHECKING
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner

from anshan_kg.cli import cli
from anshan_kg.config import SETTINGS
from tests.conftest import ROOT, free_port, need, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNIT, CONTAINER = ROOT / "deploy/anshan-kg.service", ROOT / "Containerfile"
PROGRAM = "/opt/anshan-kg/bin/anshan-kg"
SETTINGS_OF = {setting.environment for setting in SETTINGS}


def directives(name: str) -> list[str]:
    """What the unit says of a name."""
    found = re.findall(rf"^{name}=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    return [str(each) for each in found]


def test_the_options_of_the_unit_are_options_of_serve():
    (command,) = directives("ExecStart")
    assert command.startswith(f"{PROGRAM} serve ")
    told = CliRunner().invoke(cli, ["serve", "--help"]).output
    options = re.findall(r"--[a-z-]+", command)
    assert options
    for option in options:
        assert re.search(rf"{option}\b", told), option


@pytest.mark.parametrize("text", [UNIT, CONTAINER], ids=["unit", "container"])
def test_the_variables_that_are_set_are_settings(text: Path):
    names = set(re.findall(r"\b(ANSHAN_KG_[A-Z_]+)=", text.read_text(encoding="utf-8")))
    assert names
    assert names <= SETTINGS_OF


def test_the_unit_keeps_its_data_where_it_may_write():
    (command,) = directives("ExecStart")
    (state,), (cache,) = directives("StateDirectory"), directives("CacheDirectory")
    assert re.findall(r"--(?:data|token-file) (\S+)/", command) == [f"/var/lib/{state}"] * 2
    assert directives("Environment") == [f"ANSHAN_KG_CACHE=/var/cache/{cache}"]


def test_the_unit_waits_longer_than_running_queries_are_given():
    (command,), (wait,) = directives("ExecStart"), directives("TimeoutStopSec")
    assert int(wait) > 2 * int(re.findall(r"--stop-timeout (\d+)", command)[0])


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unit with a program that is there."""
    need(shutil.which("systemd-analyze"), "systemd-analyze")
    path = tmp_path_factory.mktemp("unit") / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    path.write_text(text.replace(PROGRAM, "/bin/true"), encoding="utf-8")
    return path


def test_systemd_finds_nothing_wrong_with_the_unit(unit: Path):
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_calls_the_unit_safe(unit: Path):
    """Its measure goes from 0 to 10; below 2.5 is "OK"."""
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=25", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-200:]


def instructions() -> list[tuple[str, str]]:
    """The instructions of the container file, with lines joined."""
    text = re.sub(r"^#.*\n", "", CONTAINER.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines if line)]


def test_the_container_is_built_from_files_that_are_there():
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    names = [name for names in copied for name in names]
    assert {"src", "graph", "ontology", "pyproject.toml"} <= set(names)
    for name in names:
        assert (ROOT / name).exists(), name
    assert not set((ROOT / ".containerignore").read_text(encoding="utf-8").split()) & set(names)


def test_the_container_has_a_dated_base_and_no_privilege():
    said = instructions()
    (base,) = [rest for word, rest in said if word == "ARG"]
    assert re.fullmatch(r"BASE=docker\.io/library/debian:bookworm-20\d{6}-slim", base)
    assert all(rest.startswith("${BASE}") for word, rest in said if word == "FROM")
    last = max(place for place, (word, _) in enumerate(said) if word == "FROM")
    (user,) = [rest for word, rest in said[last:] if word == "USER"]
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert not [word for word, _ in said if word == "ADD"]
    assert not re.search(r"(?i)secret|password|akg_", CONTAINER.read_text(encoding="utf-8"))


@pytest.fixture(params=["namespaces allowed", "no namespaces"])
def confined(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str, Path]]:
    """Address, token and messages of a service over a data folder, under the unit's filter of system calls."""
    need(shutil.which("systemd-analyze") and find_library("seccomp"), "systemd-analyze and libseccomp")
    data, port, said = tmp_path / "data", free_port(), tmp_path / "said"
    ours = [sys.executable, "-m", "anshan_kg"]
    made = subprocess.run(
        [*ours, "token", "create", "--data", str(data), "--scope", "update"],
        capture_output=True,
        text=True,
        check=True,
    )
    refused = [] if request.param == "namespaces allowed" else ["--without", "unshare", "--without", "setns"]
    command = [sys.executable, "-m", "tests.confined", str(UNIT), *refused, "--", *ours, "serve"]
    with (
        said.open("wb") as messages,
        subprocess.Popen(
            [*command, "--port", str(port), "--data", str(data), "--empty"], cwd=ROOT, stderr=messages,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        ) as server,
    ):  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", 60)
            yield f"http://127.0.0.1:{port}", made.stdout.strip(), said
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(30) == 0


def test_under_the_filter_of_the_unit_the_service_does_all_it_does(
    confined: tuple[str, str, Path], request: pytest.FixtureRequest
):
    base, token, said = confined
    headers = {"Content-Type": "application/sparql-update", "Authorization": f"Bearer {token}"}
    with urlopen(Request(f"{base}/update", b"INSERT DATA { <x:a> <x:b> 1 }", headers)) as reply:
        assert reply.status == 204
    with urlopen(f"{base}/sparql?format=json&query={quote('ASK { <x:a> <x:b> 1 }')}") as reply:
        assert json.load(reply)["boolean"] is True
    turtle = {"Content-Type": "text/turtle"}
    with urlopen(Request(f"{base}/validate", b"<x:a> <x:b> 1 .", turtle)) as reply:
        assert json.load(reply)["conforms"] is True
    with urlopen(f"{base}/dumps/") as reply:
        assert reply.status == 200
    if "no namespaces" in request.node.name:
        assert "lets no process have a network of its own" in said.read_text()


READ_ONLY = """
mount --make-rprivate /
mount -t tmpfs -o mode=1777 tmpfs /var/tmp
for place in $(findmnt --raw --noheadings --output TARGET | grep --invert-match '^/\\(proc\\|sys\\|dev\\|var/tmp\\)'); do
    mount -o remount,bind,ro "$place" 2>/dev/null
done
mount | grep --quiet ' / .*[(,]ro[,)]' || exit 90
cd /
setpriv --bounding-set=-all --inh-caps=-all --no-new-privs env --ignore-environment PATH=/usr/bin:/bin \\
    PYTHONPATH="$SOURCE" PYTHONDONTWRITEBYTECODE=1 TMPDIR=/var/tmp "$PYTHON" -m anshan_kg serve > /var/tmp/said 2>&1 &
"$PYTHON" - <<'END'
import fcntl, os, socket, struct, time, urllib.request
with socket.socket() as link:  # a network of its own has even its loopback off
    fcntl.ioctl(link, 0x8914, struct.pack("16sH14s", b"lo", 0x41, b""))
def get(path):
    with urllib.request.urlopen("http://127.0.0.1:8000" + path, timeout=60) as reply:
        return reply.status, reply.read()
for _ in range(600):
    try:
        get("/healthz")
        break
    except OSError:
        time.sleep(0.1)
print(get("/readyz")[0], get("/sparql?query=ASK+%7B+%3Fs+%3Fp+%3Fo+%7D&format=json")[1].decode().strip())
print(get("/void.ttl")[0], get("/")[0], get("/dumps/anshan-kg.nq.gz")[0])
END
kill $! && wait $! && echo stopped
cat /var/tmp/said >&2
"""
"""As `podman run --read-only --tmpfs /var/tmp --network none --cap-drop all`, without a home."""


def test_a_read_only_system_without_home_capabilities_or_network_is_enough():
    apart = ["unshare", "--user", "--map-root-user", "--mount", "--net", "--pid", "--fork", "--mount-proc"]
    able = shutil.which("unshare") and subprocess.run([*apart, "true"], capture_output=True, check=False)
    need(able and able.returncode == 0 and shutil.which("setpriv"), "unshare with namespaces, and setpriv")
    done = subprocess.run(
        [*apart, "--kill-child", "sh", "-c", READ_ONLY], capture_output=True, text=True, check=False,
        env={**os.environ, "SOURCE": str(ROOT / "src"), "PYTHON": sys.executable},
    )  # fmt: skip
    assert done.stdout.splitlines() == ['200 {"head":{},"boolean":true}', "200 200 200", "stopped"], (
        done.stderr
    )
