"""The command line as people call it: output, messages, exit codes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from anshan_kg import queries
from anshan_kg.cli import _COMMANDS
from tests.conftest import ROOT, free_port, wait_for

PROGRAM = str(Path(sys.executable).parent / "anshan-kg")


def call(*arguments: str, given: str | None = None, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments], input=given, capture_output=True, text=True, cwd=cwd, check=False, timeout=120
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--version"], ["anshan-kg, version"]),
        (
            ["--help"],
            ["ask", "show", "why", "search", "query", "export", "serve", "check", "build", "Exit codes"],
        ),
        (["ask"], list(queries.names())),
        (["ask", "--help"], ["--help", "targets"]),
        (["ask", "targets", "--help"], ["--subject", "--format", "承诺了哪些数量"]),
        (["ask", "clusters"], ["Iron ore cluster", "unknown"]),
        (["ask", "clusters", "--lang", "zh"], ["铁矿产业集群"]),
        (["--lang", "zh", "ask", "clusters"], ["铁矿产业集群"]),
        (["ask", "production-start", "--mine", "西鞍山铁矿"], ["Xi'anshan"]),
        (["ask", "bases", "--format", "csv"], ["baseName,chineseNameIs"]),
        (["ask", "bases", "--format", "json"], ['"vars":["baseName"']),
        (["show", "焦炉煤气"], ["coke oven gas", "is intended for hydrogen", "p7 s1"]),
        (["show", "coke-oven-gas"], ["焦炉煤气"]),
        (["show", "coke oven gas", "--lang", "zh"], ["拟用于生产 氢"]),
        (["why", "Anshan", "hasCluster", "铁矿"], ["Liu Guangxin", "p3 s3"]),
        (["search", "钢铁及深加工"], ["cluster:steel-and-deep-processing"]),
        (["search", "meijiaoyou"], ["material:coal-tar"]),
        (["query", "ASK { ?s ?p ?o }"], ["true"]),
        (["query", "SELECT (1 AS ?one) {}", "--format", "tsv"], ["?one\n1"]),
        (["query", "CONSTRUCT { <x:a> <x:b> 1 } {}", "--format", "nt"], ["<x:a> <x:b>"]),
        (["export", "dot", "--view", "chains"], ["digraph anshan"]),
        (["export", "csv", "--entity", "鞍钢"], ["Ansteel"]),
        (["check"], []),
        (["check", "--help"], ["Each finding"]),
    ],
)
def test_a_command_does_what_its_help_says(arguments: list[str], words: list[str]):
    done = call(*arguments)
    assert done.returncode == 0, done.stderr
    for word in words:
        assert word in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ask", "nope"], 2, "no question is called 'nope'; there are: bases"),
        (["ask", "targets", "--who", "me"], 2, "No such option"),
        (["ask", "milestones", "--year", "soon"], 2, "has to be of kind year"),
        (["ask", "targets", "--subject", "nobody at all"], 2, "no thing is called 'nobody at all'"),
        (["show", "cokeovn"], 2, "did you mean: coke-oven-gas"),
        (["why", "coal-tar", "intendedProduct", "hydrogen"], 2, "no statement is called"),
        (["query", "SELECT *\n{ ?s ?p }"], 2, "line 2, column"),
        (["query", "nowhere.rq"], 2, "nowhere.rq: cannot be read: No such file"),
        (["query", "SELECT * { SERVICE <http://127.0.0.1:1/> {} }"], 2, "SERVICE is not allowed here"),
        (
            ["query", "ASK {}", "--format", "ttl"],
            2,
            "the answer is a table, which ttl cannot hold; use json, xml, csv, tsv",
        ),
        (["query", "ASK {}", "--format", "nope"], 2, "is not one of"),
        (["export", "nope"], 2, "is not one of"),
        (["export", "dot", "--view", "nope"], 2, "'nope' is not one of"),
        (["export", "dot", "-o", "/nowhere/at/all.dot"], 2, "cannot be written"),
        (["check", "nowhere.ttl"], 2, "nowhere.ttl: does not exist"),
        (["check", "tests/faults/unit-megaton.ttl"], 1, "3 finding(s)"),
        (["--root", "/nowhere", "ask", "chains"], 2, "--root DIR or ANSHAN_KG_ROOT"),
        (["--store", "http://127.0.0.1:9/", "ask", "chains"], 3, "does not answer"),
        (["--store", "nonsense", "ask", "chains"], 3, "is no address of a SPARQL endpoint"),
        (["query", ""], 2, "the query is empty"),
        (["--lang", "fr", "ask"], 2, "the language is 'fr'; it can be en or zh"),
        (["show", "Anshan", "--lang", "fr"], 2, "is not one of"),
        (["serve", "--port", "99999"], 2, "cannot listen on"),
        (["serve", "--port", "many"], 2, "is not a valid integer"),
        (["nope"], 2, "No such command"),
        ([], 2, "Usage"),
    ],
)
def test_bad_input_is_told_in_one_message_and_an_exit_code(arguments: list[str], code: int, message: str):
    done = call(*arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" not in done.stdout


def test_a_finding_names_file_line_rule_reason_and_focus():
    lines = call("check", "tests/faults/unit-megaton.ttl").stdout.splitlines()
    assert any(
        line.startswith("tests/faults/unit-megaton.ttl:")
        and "unit-is-no-trap: A number is not in a unit" in line
        and line.endswith("[claim:fault-1]")
        for line in lines
    )
    assert "单位" in call("check", "--lang", "zh", "tests/faults/unit-megaton.ttl").stdout


def test_a_query_may_come_from_a_file_or_from_standard_input(tmp_path: Path):
    (tmp_path / "q.rq").write_text("SELECT ('鞍山' AS ?x) {}", encoding="utf-8")
    assert "鞍山" in call("query", str(tmp_path / "q.rq")).stdout
    assert "鞍山" in call("query", "-", "--format", "csv", given="SELECT ('鞍山' AS ?x) {}").stdout


def test_quiet_prints_results_only(tmp_path: Path):
    done = call("--quiet", "export", "nq", "-o", str(tmp_path / "out.nq"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "out.nq").stat().st_size > 100_000


def test_a_build_prints_its_numbers_and_its_version(tmp_path: Path):
    done = call("build", "--out", str(tmp_path / "release"))
    assert done.returncode == 0
    claims = re.search(r"^ *([\d,]+)  claims$", done.stdout, re.MULTILINE)
    assert claims
    assert int(claims[1].replace(",", "")) >= 1000
    assert done.stdout.startswith("version ")


@pytest.mark.parametrize("arguments", [["ask", "chains"], ["export", "nq"], ["search", "钢铁"]])
def test_an_output_that_cannot_be_written_is_told(arguments: list[str]):
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device, not a file
        done = subprocess.run(
            [PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 3
    assert done.stderr == "anshan-kg: cannot read or write: No space left on device\n"


def test_a_terminal_that_knows_no_chinese_still_gets_an_answer():
    done = subprocess.run(
        [PROGRAM, "show", "coke-oven-gas"], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert "coke oven gas" in done.stdout
    assert "\\u7126\\u7089" in done.stdout


def test_a_reader_that_leaves_is_no_error():
    with subprocess.Popen(
        [PROGRAM, "export", "nq"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 0


def test_settings_come_from_the_environment_too():
    done = subprocess.run(
        [PROGRAM, "ask", "clusters"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "ANSHAN_KG_LANG": "zh"},
    )
    assert "铁矿产业集群" in done.stdout
    broken = subprocess.run(
        [PROGRAM, "ask"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ANSHAN_KG_PORT": "many"},
    )
    assert broken.returncode == 2
    assert "ANSHAN_KG_PORT is 'many', but has to be of type int" in broken.stderr


def test_the_service_starts_answers_isolates_and_stops(tmp_path: Path):
    """From start to stop, as `make serve` and Ctrl-C do it, with a runaway in between."""
    port = free_port()
    command = [
        PROGRAM,
        "serve",
        "--port",
        str(port),
        "--query-timeout",
        "1",
        "--query-memory",
        "256",
        "--max-rows",
        "3",
    ]
    log = tmp_path / "log"
    with (
        log.open("w") as out,
        subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True) as server,
    ):
        try:
            base = f"http://127.0.0.1:{port}"
            wait_for(f"{base}/healthz")
            request = urllib.request.Request(
                f"{base}/sparql",
                data=b"query=SELECT+(COUNT(*)+AS+%3Fn)+%7B+%3Fs+a+%3Chttps%3A%2F%2Fw3id.org%2Fanshan-kg%2Font%23Claim%3E+%7D",
                headers={"Accept": "text/csv"},
            )
            heading, number = urllib.request.urlopen(request, timeout=10).read().split()
            assert (heading, int(number) > 1000) == (b"n", True)
            many = urllib.request.Request(
                f"{base}/sparql?query=SELECT+*+%7B%3Fs+%3Fp+%3Fo%7D&format=csv", headers={"Accept": "*/*"}
            )
            with urllib.request.urlopen(many, timeout=10) as reply:
                assert reply.read().splitlines()[4:] == [b"# truncated after 3 rows,,"]
                assert reply.headers["Anshan-Kg-Truncated"] == "rows=3"
            runaway = f"{base}/sparql?query=SELECT+(COUNT(*)+AS+%3Fn)+%7B%3Fa+%3Fb+%3Fc.%3Fd+%3Fe+%3Ff.%3Fg+%3Fh+%3Fi%7D"
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(runaway, timeout=10)
            assert caught.value.code == 504
            assert b"the query was stopped after 1 s" in caught.value.read()
            caught.value.close()
            assert urllib.request.urlopen(f"{base}/ask/chains.csv", timeout=10).status == 200
            taken = call("serve", "--port", str(port))
            assert taken.returncode == 2
            assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in taken.stderr
        finally:
            os.killpg(server.pid, signal.SIGINT)
            began = time.monotonic()
            try:
                server.wait(timeout=15)
            finally:
                server.kill()
    assert time.monotonic() - began < 10
    said = log.read_text()
    assert f"{base}/ask/targets" in said
    assert "Traceback" not in said


def test_pages_are_served_while_queries_fill_the_queue():
    """Forty runaways at once: the sign of life and the start page answer meanwhile."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = [PROGRAM, "--quiet", "serve", "--port", str(port), "--query-timeout", "3", "--queue", "8"]
    runaway = (
        f"{base}/sparql?query=SELECT+(COUNT(*)+AS+%3Fn)+%7B%3Fa+%3Fb+%3Fc.%3Fd+%3Fe+%3Ff.%3Fg+%3Fh+%3Fi%7D"
    )
    statuses: list[int] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(runaway, timeout=60) as reply:
                statuses.append(reply.status)
        except urllib.error.HTTPError as error:
            statuses.append(error.code)
            error.close()

    with subprocess.Popen(command, start_new_session=True) as server:
        try:
            wait_for(f"{base}/healthz")
            threads = [threading.Thread(target=ask) for _ in range(40)]
            for thread in threads:
                thread.start()
            time.sleep(0.5)
            for path in ("/healthz", "/?lang=zh", "/ask/chains"):
                with urllib.request.urlopen(base + path, timeout=2) as reply:
                    assert reply.status == 200
            for thread in threads:
                thread.join()
        finally:
            os.killpg(server.pid, signal.SIGINT)
            try:
                server.wait(timeout=15)
            finally:
                server.kill()
    assert len(statuses) == 40
    assert set(statuses) <= {503, 504}
    assert 504 in statuses


def test_the_help_lists_every_command_there_is():
    folder = ROOT / "src/anshan_kg/cli/commands"
    assert set(_COMMANDS) == {
        path.stem.rstrip("_") for path in folder.glob("*.py") if path.stem != "__init__"
    }
