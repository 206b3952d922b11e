"""Tokens: their scope, their end, their hashes, and what showing wrong ones costs."""

from __future__ import annotations

import dis
import hashlib
import http.client
import json
import random
import re
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from anshan_kg import KnowledgeGraph
from anshan_kg.cli import cli
from anshan_kg.config import Config
from anshan_kg.errors import Forbidden, ParameterError, Throttled, Unauthorised, UnknownName
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.stores.disk import DataDirectory
from anshan_kg.web import create_app
from anshan_kg.writing import tokens
from anshan_kg.writing.tokens import Doorkeeper, TokenFile
from tests.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "tokens.json")


def made(file: TokenFile, *scopes: str, expires: str | None = None) -> str:
    return file.create(scopes, expires, "", datetime.now(UTC))[0]


def bearer(token: str) -> str:
    return f"Bearer {token}"


def test_the_file_holds_a_hash_and_not_the_token(file: TokenFile):
    secret, token = file.create(["update"], None, "for tests", NOW)
    text = file.path.read_text()
    assert secret not in text
    assert secret.removeprefix("akg_") not in text
    assert json.loads(text)["tokens"][0]["hash"] == hashlib.sha256(secret.encode()).hexdigest() == token.hash
    assert file.path.stat().st_mode & 0o077 == 0


def test_tokens_are_long_and_never_the_same(file: TokenFile):
    found = {made(file, "update") for _ in range(20)}
    assert len(found) == 20
    assert all(len(each) >= 43 for each in found)


@pytest.mark.parametrize(
    ("scopes", "wanted", "allowed"),
    [
        (["update"], "update", True),
        (["update"], "admin", False),
        (["admin"], "admin", True),
        (["admin"], "update", True),
        (["update", "admin"], "admin", True),
    ],
)
def test_a_token_is_good_for_its_scopes_only(file: TokenFile, scopes: list[str], wanted: str, allowed: bool):
    secret, keeper = made(file, *scopes), Doorkeeper(file)
    if allowed:
        assert keeper.admit(bearer(secret), wanted, "a").scopes == tuple(scopes)
    else:
        with pytest.raises(Forbidden) as caught:
            keeper.admit(bearer(secret), wanted, "a")
        assert caught.value.scope == wanted


@pytest.mark.parametrize("scopes", [[], ["write"], ["update", "root"]])
def test_scopes_there_are_none_of_are_refused(file: TokenFile, scopes: list[str]):
    with pytest.raises(ParameterError, match="there are: update, admin"):
        file.create(scopes, None, "", NOW)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("90d", NOW + timedelta(days=90)),
        ("12h", NOW + timedelta(hours=12)),
        ("30 min", NOW + timedelta(minutes=30)),
        ("1y", NOW + timedelta(days=365)),
        ("2w", NOW + timedelta(days=14)),
        ("2027-01-31", datetime(2027, 1, 31, tzinfo=UTC)),
        ("2027-01-31T12:00:00+08:00", datetime(2027, 1, 31, 4, tzinfo=UTC)),
    ],
)
def test_an_expiry_is_a_span_or_a_date(file: TokenFile, text: str, end: datetime):
    _, token = file.create(["update"], text, "", NOW)
    assert datetime.fromisoformat(token.expires) == end
    assert not token.expired(end - timedelta(seconds=1))
    assert token.expired(end)


@pytest.mark.parametrize("text", ["soon", "", "9", "d9", "99999999999y", "2027-13-01"])
def test_an_expiry_that_is_none_is_refused(file: TokenFile, text: str):
    with pytest.raises(ParameterError):
        file.create(["update"], text, "", NOW)


def test_a_token_that_is_over_is_a_wrong_one(file: TokenFile):
    secret, _ = file.create(["update"], "1s", "", datetime.now(UTC) - timedelta(seconds=5))
    with pytest.raises(Unauthorised) as caught:
        Doorkeeper(file).admit(bearer(secret), "update", "a")
    assert caught.value.wrong


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dTpw", "akg_x", "Token x"])
def test_without_a_token_nobody_is_let_in_and_nothing_is_counted(file: TokenFile, header: str | None):
    made(file, "update")
    keeper = Doorkeeper(file, wrong=1)
    for _ in range(5):
        with pytest.raises(Unauthorised) as caught:
            keeper.admit(header, "update", "a")
        assert not caught.value.wrong


def test_the_word_bearer_is_read_in_any_case(file: TokenFile):
    secret = made(file, "update")
    assert Doorkeeper(file).admit(f"bearer  {secret}", "update", "a")


def test_revoking_counts_at_once(file: TokenFile):
    secret, token = file.create(["update"], None, "", NOW)
    keeper = Doorkeeper(TokenFile(file.path))
    assert keeper.admit(bearer(secret), "update", "a").id == token.id
    file.revoke(token.id)
    with pytest.raises(Unauthorised):
        keeper.admit(bearer(secret), "update", "a")
    with pytest.raises(UnknownName):
        file.revoke(token.id)


def test_a_client_that_shows_many_wrong_tokens_is_told_to_wait_and_others_are_not(file: TokenFile):
    secret = made(file, "update")
    clock = [0.0]
    keeper = Doorkeeper(file, wrong=3, clock=lambda: clock[0])
    for _ in range(3):
        with pytest.raises(Unauthorised):
            keeper.admit("Bearer wrong", "update", "a")
    with pytest.raises(Throttled) as caught:
        keeper.admit("Bearer wrong", "update", "a")
    assert 0 < caught.value.retry_after <= 61
    with pytest.raises(Unauthorised):
        keeper.admit("Bearer wrong", "update", "b")
    assert keeper.admit(bearer(secret), "update", "a")  # who knows one is not kept out by who does not
    clock[0] = 61
    with pytest.raises(Unauthorised):
        keeper.admit("Bearer wrong", "update", "a")


def test_what_is_counted_does_not_grow_with_the_clients(file: TokenFile, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tokens, "_MOST_CLIENTS", 10)
    keeper = Doorkeeper(file)
    for number in range(50):
        with pytest.raises(Unauthorised):
            keeper.admit("Bearer wrong", "update", str(number))
    assert len(keeper._tries) == 10


def test_every_hash_is_compared_and_none_with_the_equals_sign():
    """The code says it, whatever a clock may say on a busy machine."""
    code = list(dis.get_instructions(TokenFile.find))
    assert not [step for step in code if step.opname == "COMPARE_OP"]
    assert [step.argval for step in code].count("compare_digest") == 2
    names = [step.opname for step in code]
    loop = names[names.index("FOR_ITER") :]
    assert "RETURN_VALUE" not in loop[: loop.index("JUMP_BACKWARD")]  # no way out of the loop before its end


def kinds_of_wrong(secret: str, expired: str) -> dict[str, str]:
    """Return wrong tokens that are wrong in different ways, all of one length."""
    return {
        "unknown": "akg_" + "x" * 43,
        "wrong suffix": secret[:-1] + ("a" if secret[-1] != "a" else "b"),
        "wrong prefix": "x" + secret[1:],
        "only the first are right": secret[:8] + "x" * (len(secret) - 8),
        "expired": expired,
    }


def differ_by_noise_only(took: dict[str, list[int]]) -> str:
    """Return "" if the kinds differ by no more than thrice what halves of one kind do, else the numbers."""
    halves = [(statistics.median(each[::2]), statistics.median(each[1::2])) for each in took.values()]
    noise = max(abs(one - other) for one, other in halves)
    medians = {name: statistics.median(each) for name, each in took.items()}
    apart = max(medians.values()) - min(medians.values())
    return "" if apart <= max(3 * noise, 0.04 * min(medians.values())) else f"{medians}, noise {noise}"


def test_the_time_a_wrong_token_takes_does_not_tell_how_wrong_it_is(file: TokenFile):
    """A thousand of each kind, taken by turns, as the service takes them."""
    secret = made(file, "update")
    expired, _ = file.create(["update"], "1s", "", datetime.now(UTC) - timedelta(seconds=5))
    for _ in range(20):
        made(file, "update", expires="1d")
    keeper = Doorkeeper(file, wrong=10**6)
    kinds = {name: bearer(each) for name, each in kinds_of_wrong(secret, expired).items()}
    took: dict[str, list[int]] = {name: [] for name in kinds}
    for turn in range(1000):
        for name, header in kinds.items():
            began = time.perf_counter_ns()
            with pytest.raises(Unauthorised):
                keeper.admit(header, "update", str(turn))
            took[name].append(time.perf_counter_ns() - began)
    assert differ_by_noise_only(took) == ""


def test_the_measure_of_time_sees_what_it_should():
    """Kinds that do differ are told apart, so that the tests beside this one can fail."""
    chance = random.Random(1)  # noqa: S311 - the same numbers in each run
    same = {name: [chance.randrange(900, 1100) for _ in range(1000)] for name in "ab"}
    assert differ_by_noise_only(same) == ""
    same["b"] = [each + 100 for each in same["b"]]
    assert "noise" in differ_by_noise_only(same)


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, list(words), catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def test_a_token_is_printed_once_and_listed_without_itself(tmp_path: Path):
    path = str(tmp_path / "t.json")
    code, secret, said = run(
        "token",
        "create",
        "--token-file",
        path,
        "--scope",
        "update,admin",
        "--expires",
        "90d",
        "--note",
        "robot",
    )
    assert code == 0
    assert secret.startswith("akg_")
    assert secret.count("\n") == 1
    assert "not shown again" in said
    code, listed, _ = run("token", "list", "--token-file", path)
    name, scopes, _, _, state, note = listed.rstrip("\n").split("\t")
    assert (scopes, state, note) == ("update,admin", "good", "robot")
    assert secret.strip() not in listed
    assert run("token", "revoke", name, "--token-file", path)[0] == 0
    assert run("token", "list", "--token-file", path)[1] == ""


def test_tokens_lie_in_the_data_folder_where_no_file_is_named(tmp_path: Path):
    assert run("token", "create", "--data", str(tmp_path))[0] == 0
    assert (tmp_path / "tokens.json").is_file()


# over HTTP


def test_a_folder_in_which_only_a_token_lies_can_become_a_dataset(tmp_path: Path):
    """The order in which docs/writing.md has it: first the token, then the service."""
    assert run("token", "create", "--data", str(tmp_path))[0] == 0
    KnowledgeGraph.open(Config(data=str(tmp_path))).prepare(empty=True)
    assert DataDirectory(tmp_path).exists


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("tokens"), "--empty") as started:
        yield started


def test_a_thousand_wrong_tokens_get_401_then_429_and_the_right_one_still_works(service: Service):
    statuses = []
    for number in range(1000):
        answer = service.ask("DELETE", "/data?default", token=f"akg_wrong{number}")
        statuses.append(answer.status)
        if answer.status == 429:
            assert 0 < int(answer.headers["Retry-After"]) <= 61
        else:
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="anshan-kg", error="invalid_token"'
    assert statuses[:10] == [401] * 10
    assert statuses.count(429) >= 980  # the minute may turn once
    assert service.ask("DELETE", "/data?default").status == 204


def test_over_http_wrong_tokens_take_the_same_time_whatever_is_wrong(service: Service):
    """Two hundred of each kind, over one connection, most of them refused for their number."""
    file = TokenFile(service.data.parent / "tokens.json")
    expired, token = file.create(["update"], "1s", "", datetime.now(UTC) - timedelta(seconds=5))
    kinds = kinds_of_wrong(service.admin, expired)
    took: dict[str, list[int]] = {name: [] for name in kinds}
    place = urlsplit(service.base)
    link = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    statuses = set()
    for _ in range(200):
        for name, secret in kinds.items():
            began = time.perf_counter_ns()
            link.request("DELETE", "/data?default", headers={"Authorization": bearer(secret)})
            reply = link.getresponse()
            reply.read()
            took[name].append(time.perf_counter_ns() - began)
            statuses.add(reply.status)
    link.close()
    file.revoke(token.id)
    assert statuses <= {401, 429}
    assert differ_by_noise_only(took) == ""


WRONG = "akg_wrong"
SAMPLES = {
    "name": "targets",
    "ending": "json",
    "version": "x",
    "path": "x",
    "filename": "icon.svg",
    "form": "ttl",
}
READS_BY_POST = ("/sparql", "/sparql/check", "/sparql/names", "/queries/<name>", "/validate", "/reconcile")
"""What is sent by POST and changes nothing."""


def routes(kg: KnowledgeGraph, *, reading: bool) -> list[tuple[str, str]]:
    """Return method and a path for each route of the service that reads, or for each that writes."""
    found = []
    for rule in create_app(kg, DirectRunner(kg.store)).url_map.iter_rules():
        path = re.sub(r"<(?:[^:>]*:)?([^>]*)>", lambda each: SAMPLES.get(each[1], "x"), rule.rule)
        for method in sorted(rule.methods or ()):
            reads = method in {"GET", "HEAD", "OPTIONS"} or rule.rule in READS_BY_POST
            if reads is reading:
                found.append((method, path))
    return sorted(set(found))


def test_no_route_that_reads_needs_a_token_or_looks_at_one(service: Service, kg: KnowledgeGraph):
    """Each says the same without one, with a wrong one, and after a thousand wrong ones."""
    known = routes(kg, reading=True)
    assert {("GET", "/sparql"), ("POST", "/sparql"), ("GET", "/data"), ("GET", "/healthz")} <= set(known)
    assert len(known) > 60
    for method, path in known:
        said = {
            token: service.ask(method, path, token=token, Accept="*/*").status
            for token in (None, WRONG, service.update_only)
        }
        assert len(set(said.values())) == 1, (method, path, said)
        assert not {401, 403, 429} & set(said.values()), (method, path, said)


def test_every_route_that_writes_needs_a_token(service: Service, kg: KnowledgeGraph):
    known = routes(kg, reading=False)
    assert {("POST", "/update"), ("PUT", "/data"), ("POST", "/data"), ("DELETE", "/data")} <= set(known)
    for method, path in known:
        assert service.ask(method, path, b"", token=None).status == 401, (method, path)
        assert service.ask(method, path, b"", token=WRONG).status in {401, 429}, (method, path)


def test_a_new_token_and_a_revoked_one_count_without_a_restart(service: Service):
    file = TokenFile(service.data.parent / "tokens.json")
    secret, token = file.create(["update"], "1d", "", datetime.now(UTC))
    assert service.ask("DELETE", "/data?default", token=secret).status == 204
    file.revoke(token.id)
    assert service.ask("DELETE", "/data?default", token=secret).status in {401, 429}


def test_without_tokens_writing_is_off_and_says_how_to_turn_it_on(tmp_path: Path):
    with running(tmp_path, "--empty") as service:
        (tmp_path / "tokens.json").unlink()
        answer = service.ask("DELETE", "/data?default")
        assert answer.status == 403
        assert "anshan-kg token create" in answer.text
