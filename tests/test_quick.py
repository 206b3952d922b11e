"""The short way for plain requests gives what the long way gives, and steps aside for all else."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

import pytest

from anshan_kg import formats
from anshan_kg.errors import QueryError, QueryTimeout
from anshan_kg.execution import gate
from anshan_kg.execution.engine import parse
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.web import create_app
from anshan_kg.web.quick import Quick
from anshan_kg.web.rsgi import FAILED

SELECT = "SELECT ?s { ?s a <https://w3id.org/anshan-kg/ont#Mine> } ORDER BY ?s LIMIT 3"
PLAIN = {"host": "x", "accept": "application/sparql-results+json", "user-agent": "a program"}
OWN = {"x-query-id", "server-timing", "content-length"}
"""Headers that differ from one time to the next; the server sees to the length."""


@dataclass
class Scope:
    query_string: str
    headers: dict[str, str] = field(default_factory=lambda: dict(PLAIN))
    method: str = "GET"
    path: str = "/sparql"
    client: str = "127.0.0.1:4711"


def asked(text: str) -> str:
    return urlencode({"query": text})


@pytest.fixture(scope="module")
def quick(kg):
    return Quick(kg, DirectRunner(kg.store))


def gone() -> bool:
    return False


@pytest.mark.parametrize(
    ("text", "accept"),
    [
        (SELECT, None),
        (SELECT, "*/*"),
        *((SELECT, form.media_type) for form in formats.RESULTS),
        *(("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 3", form.media_type) for form in formats.GRAPHS),
        ("ASK { ?s ?p '鞍山 + 100 % & more' }", "application/sparql-results+json"),
        ("SELECT * { ?s ?p 'nothing has this' }", "text/csv;q=0.5, text/tab-separated-values"),
    ],
)  # fmt: skip
def test_the_short_way_gives_the_same_bytes_and_headers_as_the_long_one(kg, client, quick, text, accept):
    headers = {"accept": accept} if accept else {}
    status, told, body = quick(Scope(asked(text), {"host": "x", **headers}), gone)
    long = client.get(f"/sparql?{asked(text)}", headers=headers)
    assert (status, body) == (long.status_code, long.data)
    names = [name.lower() for name, _ in told]
    assert len(set(names)) == len(names)
    short = {name.lower(): value for name, value in told}
    whole = {name.lower(): value for name, value in long.headers.items()}
    assert set(short) == set(whole)
    assert {n: v for n, v in short.items() if n not in OWN} == {
        n: v for n, v in whole.items() if n not in OWN
    }
    assert short["content-length"] == str(len(body))


@pytest.mark.parametrize(
    "scope",
    [
        Scope(""),
        Scope("query="),
        Scope(asked(SELECT), method="POST"),
        Scope(asked(SELECT), method="HEAD"),
        Scope(asked(SELECT), path="/sparql/"),
        Scope(asked(SELECT) + "&timeout=1"),
        Scope(asked(SELECT) + "&query=again"),
        Scope(asked(SELECT) + "&default-graph-uri=http://x/"),
        Scope("timeout=1"),
        Scope("update=" + quote_plus("CLEAR ALL")),
        Scope(asked(SELECT), {**PLAIN, "if-none-match": '"x"'}),
        Scope(asked(SELECT), {**PLAIN, "x-query-id": "a" * 16}),
        Scope(asked(SELECT), {**PLAIN, "x-forwarded-for": "1.2.3.4"}),
        Scope(asked(SELECT), {**PLAIN, "cookie": "lang=zh"}),
        Scope(asked(SELECT), {**PLAIN, "accept-encoding": "gzip, br"}),
        Scope(asked(SELECT), {**PLAIN, "accept": "text/html,*/*;q=0.1"}),
        Scope(asked(SELECT), {**PLAIN, "accept": "image/png"}),
        Scope(asked("SELECT * { SERVICE <http://x/> { ?s ?p ?o } }")),
        Scope(asked("SELECT * FROM <http://nowhere/> { ?s ?p ?o }")),
        Scope(asked("DELETE WHERE { ?s ?p ?o }")),
    ],
)
def test_whatever_is_not_plain_or_is_refused_goes_the_long_way(quick, scope):
    if scope.query_string == "query=":  # no SPARQL, which the engine has to tell
        assert isinstance(quick(scope, gone), QueryError)
        return
    assert quick(scope, gone) is None


def test_an_error_of_the_query_is_told_by_the_long_way_without_running_it_again(kg):
    class Failing(DirectRunner):
        runs = 0

        def run(self, *_: object, **__: object):
            Failing.runs += 1
            raise QueryTimeout(3.0)

    runner = Failing(kg.store)
    error = Quick(kg, runner)(Scope(asked(SELECT)), gone)  # type: ignore[arg-type]  # what is read of one
    assert isinstance(error, QueryTimeout)
    app = create_app(kg, runner).test_client()
    told = app.get(f"/sparql?{asked(SELECT)}", environ_overrides={FAILED: error}, headers=PLAIN)
    assert told.status_code == 504
    assert Failing.runs == 1


@pytest.mark.parametrize(
    "text",
    [
        SELECT,
        "SELECT * { ?s ?p 'service' }",
        "SELECT * { ?s ?p '''{{{ ((( [[[''' }",
        "# from here\nSELECT * { ?s ?p ?o }",
        "PREFIX add: <http://x/> SELECT * { ?s add:x ?o }",
        "select * { graph ?g { ?s ?p ?o } }",
        r"SELECT * { ?s ?p 'a\u0020b' }",
        "ASK {" + "{" * 400 + "}" * 400 + "}",
        "ASK {" + "{" * 600 + "}" * 600 + "}",
    ],
)
def test_what_the_gate_passes_at_a_glance_its_scan_passes_too(kg, text):
    if gate._is_plain(text):
        gate._Scan(text).refuse(kg.graphs, parse)
        assert not gate._SERVICE.search(text)
    else:
        assert any(word in text.upper() for word in gate._REMARKABLE) or text.count("{") > gate.DEEPEST
