"""The service over HTTP: the endpoint, dereferencing, pages, errors."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from anshan_kg import exports, formats, queries, registry, release
from anshan_kg.errors import AnshanError
from anshan_kg.web import pages
from anshan_kg.web.language import catalogue
from anshan_kg.web.problems import status_of
from tests.conftest import ROOT

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from anshan_kg import KnowledgeGraph

BASES = "?s <https://w3id.org/anshan-kg/ont#hasBase> ?o"
WHERE = f"{{ {BASES} FILTER(?s = <https://w3id.org/anshan-kg/id/place/anshan>) }} ORDER BY DESC(?o) LIMIT 3"
SELECT = f"SELECT ?s ?o {WHERE}"
CONSTRUCT = f"CONSTRUCT {{ {BASES} }} {WHERE}"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ENTITIES = [
    "/page/id/place/anshan", "/page/scheme/material/coke-oven-gas", "/page/id/claim/cr-house-599-p5s3-2",
    "/page/id/passage/cr-house-599-p7s1", "/page/id/source/cr-house-599", "/page/id/gap/unnamed-clusters",
    "/page/id/conflict/battery-electrode-material", "/page/id/step/coke-oven-gas-to-hydrogen-1",
    "/page/scheme/modality", "/page/scheme/modality/target", "/page/id/person/liu-guangxin",
]  # fmt: skip
PAGES = [
    "/",
    "/ask",
    "/ask/targets",
    "/ask/name-of",
    "/page/ont",
    "/search?q=钢铁",
    "/search?q=",
    "/sparql",
    "/why?s=coke-oven-gas&p=intendedProduct&o=hydrogen",
    *ENTITIES,
]


@pytest.mark.parametrize(
    ("method", "url", "headers", "body"),
    [
        ("GET", "/sparql?" + urlencode({"query": SELECT}), {}, None),
        ("POST", "/sparql", FORM, urlencode({"query": SELECT})),
        ("POST", "/sparql", {"Content-Type": "application/sparql-query"}, SELECT),
        ("POST", "/sparql", {"Content-Type": "application/sparql-query; charset=utf-8"}, SELECT),
    ],
)
def test_a_query_is_taken_in_each_way_of_the_protocol(
    client: FlaskClient, method: str, url: str, headers: dict[str, str], body: str | None
):
    reply = client.open(url, method=method, headers={**headers, "Accept": "text/csv"}, data=body)
    assert reply.status_code == 200
    assert reply.content_type == "text/csv; charset=utf-8"
    assert reply.text.splitlines()[0] == "s,o"
    assert len(reply.text.splitlines()) == 4
    assert reply.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("form", formats.RESULTS, ids=lambda form: form.name)
@pytest.mark.parametrize("asked_by", ["accept", "parameter"])
def test_tables_come_in_every_format(client: FlaskClient, form: formats.Format, asked_by: str):
    values = {"query": SELECT} | ({"format": form.name} if asked_by == "parameter" else {})
    reply = client.get(
        "/sparql", query_string=values, headers={"Accept": form.media_type} if asked_by == "accept" else {}
    )
    assert reply.status_code == 200
    assert reply.mimetype == form.media_type


@pytest.mark.parametrize("form", formats.GRAPHS, ids=lambda form: form.name)
def test_triples_come_in_every_format(client: FlaskClient, form: formats.Format):
    reply = client.get("/sparql", query_string={"query": CONSTRUCT}, headers={"Accept": form.media_type})
    assert reply.mimetype == form.media_type
    assert isinstance(form.engine, ox.RdfFormat)
    assert len(list(ox.parse(reply.data, form.engine))) == 3


# request, status, words of the answer; by https://www.w3.org/TR/sparql11-protocol/, section 2.1.
REFUSED = [
    ({"method": "GET", "query_string": {"query": "SELECT *\n{ ?s ?p }"}}, 400, '"line": 2'),
    ({"method": "GET", "query_string": {"query": "SELECT * { SERVICE <http://127.0.0.1:1/> {} }"}}, 403, "SERVICE is not allowed here"),
    ({"method": "GET", "query_string": {"query": "LOAD <http://127.0.0.1:1/>"}}, 400, "is an update"),
    ({"method": "GET", "query_string": {"query": "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }"}}, 403, "names no graph"),
    ({"method": "GET", "query_string": {"query": ""}}, 400, "not a SPARQL query"),
    ({"method": "GET", "query_string": [("query", SELECT), ("query", SELECT)]}, 400, "query is given 2 times"),
    ({"method": "POST", "data": SELECT, "content_type": "text/plain"}, 415, "application/sparql-query"),
    ({"method": "POST", "data": "", "content_type": "application/x-www-form-urlencoded"}, 400, "has no query"),
    ({"method": "POST", "data": b"\xff", "content_type": "application/sparql-query"}, 400, "not UTF-8"),
    ({"method": "POST", "data": SELECT, "content_type": "application/sparql-query", "query_string": {"query": SELECT}}, 400, "given 2 times"),
    ({"method": "PUT", "data": SELECT}, 405, "not allowed"),
    ({"method": "GET", "query_string": {"query": SELECT}, "headers": {"Accept": "image/png"}}, 406, "answers come as one of"),
    ({"method": "GET", "query_string": {"query": SELECT, "format": "pdf"}}, 400, "no format is called 'pdf'"),
    ({"method": "GET", "query_string": {"query": SELECT, "timeout": "soon"}}, 400, "has to be a number of seconds"),
    ({"method": "GET", "query_string": {"query": SELECT, "timeout": "-1"}}, 400, "above zero"),
    ({"method": "GET", "query_string": {"query": SELECT, "timeout": "nan"}}, 400, "above zero"),
    ({"method": "POST", "data": b"x" * (17 * 2**20), "content_type": "application/sparql-query"}, 413, "exceeds the capacity"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "status", "words"), REFUSED, ids=[f"{status} {words}" for _, status, words in REFUSED]
)
def test_a_bad_request_is_told_what_is_wrong(
    client: FlaskClient, request_: dict[str, Any], status: int, words: str
):
    reply = client.open("/sparql", **request_)
    assert reply.status_code == status, reply.text
    assert words in reply.text
    assert reply.mimetype == "application/problem+json"
    assert json.loads(reply.text)["status"] == status
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "Traceback" not in reply.text


def test_a_method_that_is_not_allowed_is_answered_with_those_that_are(client: FlaskClient):
    assert set(client.put("/sparql").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_an_error_is_a_page_for_a_browser_and_text_for_who_wants_text(client: FlaskClient):
    query = {"query": "SELECT * { ?s"}
    page = client.get("/sparql", query_string=query, headers={"Accept": BROWSER})
    assert (page.status_code, page.mimetype) == (400, "text/html")
    text = client.get("/sparql", query_string=query, headers={"Accept": "text/plain"})
    assert (text.status_code, text.mimetype) == (400, "text/plain")


def test_without_a_query_the_endpoint_describes_itself(client: FlaskClient):
    reply = client.get("/sparql", headers={"Accept": "text/turtle"})
    triples = {quad.triple for quad in ox.parse(reply.data, ox.RdfFormat.TURTLE)}
    sd = "http://www.w3.org/ns/sparql-service-description#"
    endpoint = [t.object for t in triples if t.predicate == ox.NamedNode(f"{sd}endpoint")]
    assert endpoint == [ox.NamedNode("http://localhost/sparql")]
    formats_told = {t.object for t in triples if t.predicate == ox.NamedNode(f"{sd}resultFormat")}
    assert len(formats_told) == len(formats.RESULTS) + len(formats.GRAPHS)


def test_a_browser_sees_answers_as_a_table(client: FlaskClient):
    page = client.get("/sparql", query_string={"query": SELECT}, headers={"Accept": BROWSER})
    assert page.mimetype == "text/html"
    assert '<a href="/page/id/base/steel">' in page.text
    assert (
        "<strong>true</strong>"
        in client.get("/sparql", query_string={"query": "ASK {}"}, headers={"Accept": BROWSER}).text
    )


def test_from_may_name_graphs_of_the_dataset(client: FlaskClient):
    query = "ASK FROM <https://w3id.org/anshan-kg/id/source/cr-house-599> { ?s ?p ?o }"
    assert client.get("/sparql", query_string={"query": query}).json == {"head": {}, "boolean": True}


@pytest.mark.parametrize(
    ("accept", "target"),
    [
        (None, "/page/id/mine/chentaigou"),
        (BROWSER, "/page/id/mine/chentaigou"),
        ("text/turtle", "/doc/id/mine/chentaigou.ttl"),
        ("application/ld+json", "/doc/id/mine/chentaigou.jsonld"),
        ("application/rdf+xml", "/doc/id/mine/chentaigou.rdf"),
        ("application/n-triples", "/doc/id/mine/chentaigou.nt"),
        ("application/json", "/doc/id/mine/chentaigou.json"),
        ("text/csv", "/doc/id/mine/chentaigou.csv"),
        ("text/html;q=0.1, text/turtle", "/doc/id/mine/chentaigou.ttl"),
    ],
)
def test_a_thing_leads_to_a_page_or_a_document(client: FlaskClient, accept: str | None, target: str):
    reply = client.get("/id/mine/chentaigou", headers={"Accept": accept} if accept else {})
    assert (reply.status_code, reply.headers["Location"]) == (303, target)
    assert reply.headers["Vary"] == "Accept, Accept-Encoding"
    assert client.get(target).status_code == 200


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/ont", "/doc/ont.ttl"),
        ("/scheme/modality/target", "/doc/scheme/modality/target.ttl"),
        ("/scheme/modality", "/doc/scheme/modality.ttl"),
    ],
)
def test_terms_and_concepts_lead_to_documents_too(client: FlaskClient, path: str, target: str):
    reply = client.get(path, headers={"Accept": "text/turtle"})
    assert (reply.status_code, reply.headers["Location"]) == (303, target)
    assert len(list(ox.parse(client.get(target).data, ox.RdfFormat.TURTLE))) > 5


def test_a_document_says_the_same_in_every_format(client: FlaskClient):
    graphs = [
        {
            quad.triple
            for quad in ox.parse(client.get(f"/doc/id/place/anshan.{form.extension}").data, form.engine)
        }
        for form in formats.GRAPHS
        if form.name in {"ttl", "nt", "rdfxml", "jsonld"} and isinstance(form.engine, ox.RdfFormat)
    ]
    assert len(graphs) == 4
    assert all(graph == graphs[0] for graph in graphs)


@pytest.mark.parametrize(
    "path",
    [
        "/id/mine/nowhere",
        "/page/id/mine/nowhere",
        "/doc/id/mine/nowhere.ttl",
        "/doc/id/mine/chentaigou.pdf",
        "/ask/nope",
        "/ask/nope.csv",
        "/ask/targets.pdf",
        "/export/nope.nq",
        "/export/chains.nope",
        "/nowhere",
        "/why?s=a&p=b&o=c",
    ],
)
def test_what_is_not_there_is_404_in_words(client: FlaskClient, path: str):
    reply = client.get(path)
    assert reply.status_code == 404
    assert reply.json
    assert reply.json["detail"]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_in_each_language(client: FlaskClient, path: str, lang: str):
    """It is HTML of that language, loads nothing from elsewhere, and has no script but bundles of ours."""
    reply = client.get(path + ("&" if "?" in path else "?") + f"lang={lang}", headers={"Accept": BROWSER})
    assert reply.status_code == 200, reply.text
    assert reply.mimetype == "text/html"
    assert f'<html lang="{"zh-Hans" if lang == "zh" else "en"}" ' in reply.text
    for attributes in re.findall(r"<script([^>]*)>", reply.text):
        assert re.fullmatch(
            r' type="module" src="/static/built/[\w-]+\.js" integrity="sha384-[^"]+"| type="application/json" id="words"',
            attributes,
        )
    assert not re.findall(
        r'<(?:script|img|link|iframe|image|use)\b[^>]*?(?:src|href)="(?:https?:)?//[^"]*"', reply.text
    )
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert "{{" not in reply.text
    assert "None" not in re.sub(r"<[^>]+>", " ", reply.text).replace("None of", "")


@pytest.mark.parametrize("path", ENTITIES)
def test_every_link_of_a_thing_resolves(client: FlaskClient, path: str):
    text = client.get(path, headers={"Accept": BROWSER}).text
    for link in set(re.findall(r'href="(/[^"#]*)', text)):
        with client.get(link.replace("&amp;", "&")) as reply:
            assert reply.status_code in {200, 303}, link


def test_a_page_shows_each_facts_source(client: FlaskClient):
    text = client.get("/page/id/place/anshan?lang=en").text
    assert "Iron ore cluster" in text
    assert "/page/id/passage/cr-house-599-p3s3" in text
    assert "Liu Guangxin" in text
    assert "铁矿产业集群" in client.get("/page/id/place/anshan?lang=zh").text


def test_inferred_disputed_and_editorial_look_different_from_said(client: FlaskClient):
    text = client.get("/page/id/chain/coal-tar-to-battery-materials?lang=en").text
    assert "disputed" in text
    assert 'class="chip editorial"' in text
    assert 'class="inferred"' in client.get("/page/scheme/material/coal-tar?lang=en").text


def test_the_language_is_asked_for_remembered_or_preferred(client: FlaskClient):
    assert '<html lang="zh-Hans" ' in client.get("/", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).text
    reply = client.get("/?lang=zh")
    cookie = reply.headers["Set-Cookie"].partition(";")[0]
    fresh = client.application.test_client(use_cookies=False)
    assert '<html lang="zh-Hans" ' in fresh.get("/", headers={"Cookie": cookie, "Accept-Language": "en"}).text
    assert '<html lang="en" ' in fresh.get("/", headers={"Accept-Language": "fr"}).text


def test_both_catalogues_are_complete():
    assert catalogue("en").keys() == catalogue("zh").keys()
    assert all(catalogue("en").values())
    assert all(catalogue("zh").values())


def test_every_word_of_the_catalogue_is_used():
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "src/anshan_kg/web").rglob("*")
        if path.suffix in {".html", ".py"}
    )
    # What is composed, as `t("status_" ~ each)` and `t(f"map_kind_{each}")`, by how it begins.
    begun = tuple(set(re.findall(r'(?:\bt\(|catalogue\([\w.]+\)\[)(?:"|f")([a-z_]+_)(?:" ~|\{)', source)))
    for word, value in catalogue("en").items():
        assert isinstance(value, dict) or word.startswith(begun) or f't("{word}")' in source, word


def test_the_start_page_has_counts_chains_and_questions(client: FlaskClient, kg: KnowledgeGraph):
    text = client.get("/?lang=en").text
    for words in (
        f"<dd>{release.statistics(kg.dataset)['claims']}</dd>",
        "coke oven gas",
        "new building materials",
        "/ask/targets",
        f"All {len(queries.names())} questions",
    ):
        assert words in text


@pytest.mark.parametrize("name", queries.names())
def test_every_question_has_a_page_and_is_a_rest_call(client: FlaskClient, kg: KnowledgeGraph, name: str):
    assert client.get(f"/ask/{name}?lang=zh", headers={"Accept": BROWSER}).status_code == 200
    reply = client.get(f"/ask/{name}.json?lang=en")
    assert len(json.loads(reply.data)["results"]["bindings"]) == len(kg.ask(name, lang="en"))


def test_a_question_takes_its_parameters_from_the_address(client: FlaskClient):
    lines = client.get("/ask/production-start.csv?mine=西鞍山铁矿&lang=en").text.splitlines()
    assert any("Xi'anshan" in line for line in lines)
    assert client.get("/ask/targets.csv?who=me").status_code == 404


def test_search_answers_programs_in_json_and_people_in_html(client: FlaskClient):
    hits = json.loads(client.get("/search?q=菱镁&limit=3").data)
    assert len(hits) == 3
    assert hits[0]["labels"]["zh"] == "菱镁产业集群"
    assert client.get("/search?q=菱镁", headers={"Accept": BROWSER}).mimetype == "text/html"
    assert {hit["type"] for hit in json.loads(client.get("/search?q=iron&type=akg:Mine").data)} == {
        "akg:Mine"
    }
    assert client.get("/search?q=a&limit=0").status_code == 400
    assert client.get("/search?q=" + "a" * 201).status_code == 400


def test_evidence_answers_programs_in_json(client: FlaskClient):
    found = json.loads(client.get("/why?s=Anshan&p=hasCluster&o=cluster/iron-ore").data)
    assert found[0]["passages"][0]["locator"] == "p3 s3"
    assert client.get("/why?s=Anshan").status_code == 400


@pytest.mark.parametrize("name", exports.names())
def test_every_export_is_a_download(client: FlaskClient, kg: KnowledgeGraph, name: str):
    reply = client.get(f"/export/chains.{name}")
    assert reply.data == kg.export(name, "chains")
    assert reply.headers["Content-Disposition"].startswith('attachment; filename="chains.')


@pytest.mark.parametrize(
    "attack",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "javascript:alert(1)"],
)
@pytest.mark.parametrize(
    "path",
    ["/search?q=", "/ask/targets?subject=", "/why?p=a&o=b&s=", "/sparql?query=", "/page/id/", "/?lang="],
)
def test_what_a_visitor_types_stays_text(client: FlaskClient, path: str, attack: str):
    reply = client.get(path + attack, headers={"Accept": BROWSER})
    assert reply.status_code < 500
    assert "<script>alert" not in reply.text
    assert "<img src=x" not in reply.text
    assert 'href="javascript:' not in reply.text


def test_every_error_of_ours_has_a_status():
    def descend(kind: type[AnshanError]) -> list[type[AnshanError]]:
        return [kind, *(each for child in kind.__subclasses__() for each in descend(child))]

    for kind in descend(AnshanError):
        assert 400 <= status_of(kind.__new__(kind)) < 600


def test_the_sign_of_life(client: FlaskClient):
    assert client.get("/healthz").text == "ok\n"


def test_every_page_module_has_a_template(client: FlaskClient):
    for name in registry.names(pages):
        assert f"page_{name}" in client.application.view_functions
        client.application.jinja_env.get_template(f"pages/{name}.html")


@pytest.mark.parametrize("name", ["graphml", "ttl", "csv"])
def test_what_is_near_a_thing_is_a_download(client: FlaskClient, kg: KnowledgeGraph, name: str):
    reply = client.get(f"/export/entity/enterprise/ansteel.{name}?hops=2")
    assert reply.data == kg.export(name, thing="enterprise/ansteel", hops=2)
    assert 'filename="ansteel.' in reply.headers["Content-Disposition"]
    assert client.get(f"/export/entity/enterprise/nobody.{name}").status_code == 404
    for hops in ("-1", "21", "x", "", "٣"):
        assert client.get(f"/export/entity/enterprise/ansteel.{name}?hops={hops}").status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/progress?today=4409769429572031475724",
        f"/search?q=a&limit={'9' * 5000}",
        f"/export/entity/place/anshan.csv?hops={'1' * 5000}",
        "/potential?material=coke&amount=1&unit=Mt" + "&set=a=1" * 21,
        "/data?graph=http://[::1",
        "/data?default=1",
        "/data/%F3%B0%B6%A6",
    ],
    ids=["a year of 22 digits", "a limit", "hops", "too many settings", "no IRI", "a value of ?default", "no name of a graph"],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_the_clients_mistake(client: FlaskClient, path: str):
    reply = client.get(path, headers={"Accept": "application/json"})
    assert (reply.status_code, reply.mimetype) == (400, "application/problem+json")
