"""
SPARQL 1.1 Graph Store HTTP Protocol over a running service, clause by clause.

Sections are those of https://www.w3.org/TR/sparql11-http-rdf-update/. The people and cases follow
the W3C's test cases, in other words.
"""

from __future__ import annotations

import socket
import urllib.parse
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from tests.service import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator

TURTLE, TRIPLES, XML, JSONLD = (
    "text/turtle",
    "application/n-triples",
    "application/rdf+xml",
    "application/ld+json",
)
JOHN = "<http://example.org/john> <http://xmlns.com/foaf/0.1/givenName> 'John' ."
JANE = "<http://example.org/jane> <http://xmlns.com/foaf/0.1/givenName> 'Jane' ."
JOHN_LINE = '<http://example.org/john> <http://xmlns.com/foaf/0.1/givenName> "John" .'
JANE_LINE = '<http://example.org/jane> <http://xmlns.com/foaf/0.1/givenName> "Jane" .'


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("gsp"), "--empty") as started:
        yield started


@pytest.fixture
def service(shared: Service) -> Service:
    """The service, with an empty dataset."""
    shared.clear()
    return shared


def graph(name: str) -> str:
    return "/data?graph=" + urllib.parse.quote(name, safe="")


G = graph("http://example.org/g")


def put(service: Service, where: str, text: str, kind: str = TURTLE) -> int:
    return service.ask("PUT", where, text.encode(), Content_Type=kind).status


def triples(service: Service, where: str) -> set[str]:
    answer = service.ask("GET", where, token=None, Accept=TRIPLES)
    assert answer.status == 200, answer.text
    return set(answer.text.splitlines())


# 4.1 and 4.2: which graph is meant


@pytest.mark.parametrize("where", ["/data/person/1.ttl", G, "/data?default", "/data?default="])
def test_4_a_graph_is_named_directly_or_indirectly_or_is_the_default(service: Service, where: str):
    assert put(service, where, JOHN) in {201, 204}
    assert triples(service, where) == {JOHN_LINE}


def test_4_1_the_address_is_the_name_of_the_graph(service: Service):
    put(service, "/data/person/1.ttl", JOHN)
    assert service.quads() == {f"{JOHN_LINE[:-2]} <{service.base}/data/person/1.ttl> ."}
    assert triples(service, graph(f"{service.base}/data/person/1.ttl")) == {JOHN_LINE}


@pytest.mark.parametrize(
    "query",
    [
        "default&graph=http://example.org/g",
        "graph=http://e.org/1&graph=http://e.org/2",
        "graph=",
        "graph=http://e x/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_4_2_parameters_that_name_no_one_graph_are_refused(service: Service, method: str, query: str):
    body = JOHN.encode() if method in {"PUT", "POST"} else None
    wanted = query.replace(" ", "%20")
    answer = service.ask(method, f"/data?{wanted}", body, Content_Type=TURTLE)
    assert answer.status == 400
    assert service.quads() == set()


def test_4_2_a_relative_name_is_relative_to_the_store(service: Service):
    assert put(service, "/data?graph=person/2", JOHN) == 201
    assert service.quads() == {f"{JOHN_LINE[:-2]} <{service.base}/person/2> ."}


@pytest.mark.parametrize(
    ("where", "base"),
    [(G, "http://example.org/g"), ("/data/here", "{base}/data/here"), ("/data?default", "{base}/data")],
)
def test_4_what_is_relative_in_a_document_is_relative_to_its_graph(service: Service, where: str, base: str):
    put(service, where, "<> <#p> <other> .")
    full = base.format(base=service.base)
    (line,) = triples(service, where)
    other = urllib.parse.urljoin(full, "other")
    assert line == f"<{full}> <{full}#p> <{other}> ."


# 5.1: status codes


@pytest.mark.parametrize("where", [G, "/data/nobody"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_5_1_a_graph_that_is_not_there_is_404(service: Service, method: str, where: str):
    assert service.ask(method, where).status == 404


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (TURTLE, "<http://a> <http://b>"),
        (TURTLE, "not turtle at all {"),
        (TRIPLES, "<http://a> <http://b> c ."),
        (XML, "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><open>"),
        (XML, "<!DOCTYPE r [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]><r/>"),
        (JSONLD, '{"@id": '),
        (JSONLD, '{"@context": "http://127.0.0.1:9/context", "name": "x"}'),
        ("application/trig", "<http://example.org/other> { <http://a> <http://b> 1 }"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_5_1_a_malformed_body_is_400_and_the_graph_is_as_it_was(
    service: Service, method: str, kind: str, text: str
):
    put(service, G, JOHN)
    answer = service.ask(method, G, text.encode(), Content_Type=kind)
    assert answer.status == 400, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert triples(service, G) == {JOHN_LINE}


@pytest.mark.parametrize("kind", ["text/html", "image/png", "application/sparql-update", "nonsense", "",
                                  "text/turtle; charset=iso-8859-1"])  # fmt: skip
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_5_1_a_body_in_no_format_of_rdf_is_415(service: Service, method: str, kind: str):
    assert service.ask(method, G, JOHN.encode(), Content_Type=kind).status == 415


def test_5_1_a_body_that_is_too_long_is_413(service: Service):
    with socket.create_connection(("127.0.0.1", int(service.base.rpartition(":")[2])), 10) as link:
        link.sendall(
            f"PUT {G} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.admin}\r\n"
            f"Content-Type: {TURTLE}\r\nContent-Length: {65 * 2**20}\r\n\r\n".encode()
        )
        assert link.recv(64).startswith(b"HTTP/1.1 413 ")


def test_5_1_a_format_nobody_offers_is_406(service: Service):
    put(service, G, JOHN)
    assert service.ask("GET", G, Accept="image/png").status == 406


@pytest.mark.parametrize("method", ["PATCH", "PROPFIND"])
def test_5_1_other_methods_are_405_and_say_which_are_allowed(service: Service, method: str):
    answer = service.ask(method, G, b"", Content_Type="application/sparql-update")
    assert answer.status == 405
    assert {"GET", "HEAD", "PUT", "POST", "DELETE"} <= {
        each.strip() for each in answer.headers["Allow"].split(",")
    }


# 5.2: GET, and 5.6: HEAD


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, TURTLE),
        ("*/*", TURTLE),
        ("text/*", TURTLE),
        (TRIPLES, TRIPLES),
        (XML, XML),
        (JSONLD, JSONLD),
        ("text/turtle;q=0.3, application/rdf+xml;q=0.8", XML),
        ("text/turtle;q=0, */*;q=0.1", TRIPLES),
        ("image/png, application/n-triples;q=0.1", TRIPLES),
    ],
)
def test_5_2_a_graph_comes_in_the_format_asked_for(service: Service, accept: str | None, kind: str):
    put(service, G, JOHN)
    answer = service.ask("GET", G, None, token=None, **({"Accept": accept} if accept else {}))
    media_type = answer.headers["Content-Type"].partition(";")[0]
    assert (answer.status, media_type) == (200, kind)
    assert "Accept" in answer.headers["Vary"]
    (quad,) = ox.parse(answer.body, ox.RdfFormat.from_media_type(media_type))
    assert f"{quad} ." == JOHN_LINE


def test_5_2_a_graph_that_the_client_has_is_not_sent_again(service: Service):
    put(service, G, JOHN)
    tag = service.ask("GET", G).headers["ETag"]
    assert service.ask("GET", G, If_None_Match=tag).status == 304
    put(service, G, JANE)
    assert service.ask("GET", G, If_None_Match=tag).status == 200


def test_5_6_head_tells_what_get_would_without_the_body(service: Service):
    put(service, G, JOHN)
    head, got = service.ask("HEAD", G, Accept=XML), service.ask("GET", G, Accept=XML)
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag"):
        assert head.headers[name] == got.headers[name]


# 5.3: PUT


@pytest.mark.parametrize("where", ["/data/person/1.ttl", G])
def test_5_3_put_makes_a_graph_201_and_then_replaces_it_204(service: Service, where: str):
    first = service.ask("PUT", where, JOHN.encode(), Content_Type=TURTLE)
    assert first.status == 201
    assert triples(service, first.headers["Location"]) == {JOHN_LINE}
    assert put(service, where, JANE) == 204
    assert triples(service, where) == {JANE_LINE}


def test_5_3_the_default_graph_is_always_there(service: Service):
    assert put(service, "/data?default", JOHN) == 204
    assert put(service, "/data?default", JANE) == 204
    assert triples(service, "/data?default") == {JANE_LINE}


@pytest.mark.parametrize("kind", [TURTLE, None])
def test_5_3_put_of_nothing_leaves_a_graph_that_is_empty_but_there(service: Service, kind: str | None):
    put(service, G, JOHN)
    headers = {"Content_Type": kind} if kind else {}
    assert service.ask("PUT", G, b"", **headers).status == 204
    assert triples(service, G) == set()
    assert put(service, graph("http://example.org/new"), "") == 201
    assert triples(service, graph("http://example.org/new")) == set()


def test_5_3_other_graphs_are_left_alone(service: Service):
    put(service, G, JOHN)
    put(service, "/data?default", JOHN)
    put(service, graph("http://example.org/h"), JANE)
    assert triples(service, G) == {JOHN_LINE}
    assert triples(service, "/data?default") == {JOHN_LINE}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (TURTLE, JOHN),
        (TRIPLES, JOHN_LINE),
        ("text/plain", JOHN_LINE),
        (f"{TURTLE}; charset=utf-8", JOHN),
        (f"{TURTLE};charset=UTF-8", JOHN),
        (JSONLD, '{"@id":"http://example.org/john","http://xmlns.com/foaf/0.1/givenName":"John"}'),
        (
            XML,
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:f='http://xmlns.com/foaf/0.1/'>"
            "<rdf:Description rdf:about='http://example.org/john'><f:givenName>John</f:givenName></rdf:Description>"
            "</rdf:RDF>",
        ),
        ("application/trig", JOHN),
        ("application/n-quads", JOHN_LINE),
    ],
)
def test_5_3_every_format_that_graphs_come_in_is_taken(service: Service, kind: str, text: str):
    assert put(service, G, text, kind) == 201
    assert triples(service, G) == {JOHN_LINE}


def test_5_3_blank_nodes_of_two_documents_are_not_the_same(service: Service):
    put(service, G, "_:x <http://e/p> 1 .")
    service.ask("POST", G, b"_:x <http://e/p> 2 .", Content_Type=TURTLE)
    assert not service.true("ASK { GRAPH ?g { ?x <http://e/p> 1, 2 } }")
    assert len(triples(service, G)) == 2


# 5.4: DELETE


@pytest.mark.parametrize("where", ["/data/person/1.ttl", G])
def test_5_4_delete_takes_a_graph_away(service: Service, where: str):
    put(service, where, JOHN)
    assert service.ask("DELETE", where).status == 204
    assert service.ask("GET", where).status == 404
    assert service.ask("DELETE", where).status == 404


def test_5_4_the_default_graph_is_emptied(service: Service):
    put(service, "/data?default", JOHN)
    assert service.ask("DELETE", "/data?default").status == 204
    assert triples(service, "/data?default") == set()


# 5.5: POST


@pytest.mark.parametrize(("where", "status"), [(G, 201), ("/data/person/1.ttl", 201), ("/data?default", 204)])
def test_5_5_post_adds_to_a_graph_and_makes_it_if_need_be(service: Service, where: str, status: int):
    assert service.ask("POST", where, JOHN.encode(), Content_Type=TURTLE).status == status
    assert service.ask("POST", where, JANE.encode(), Content_Type=TURTLE).status == 204
    assert triples(service, where) == {JOHN_LINE, JANE_LINE}


def test_5_5_post_to_the_store_makes_a_graph_and_tells_where(service: Service):
    answer = service.ask("POST", "/data", JOHN.encode(), Content_Type=TURTLE)
    assert answer.status == 201
    place = answer.headers["Location"]
    assert place.startswith(f"{service.base}/data/")
    assert triples(service, place) == {JOHN_LINE}
    other = service.ask("POST", "/data", JANE.encode(), Content_Type=TURTLE)
    assert other.headers["Location"] != place
    assert service.ask("POST", place, JANE.encode(), Content_Type=TURTLE).status == 204
    assert triples(service, place) == {JOHN_LINE, JANE_LINE}
    assert service.ask("DELETE", place).status == 204


def test_5_5_post_of_nothing_changes_nothing(service: Service):
    put(service, G, JOHN)
    assert service.ask("POST", G, b"", Content_Type=TURTLE).status == 204
    assert triples(service, G) == {JOHN_LINE}


def multipart(*parts: tuple[str, str, str]) -> tuple[bytes, str]:
    made = ""
    for name, kind, text in parts:
        header = f"Content-Type: {kind}\r\n" if kind else ""
        made += f'--cut\r\nContent-Disposition: form-data; name="f"{name}\r\n{header}\r\n{text}\r\n'
    return f"{made}--cut--\r\n".encode(), "multipart/form-data; boundary=cut"


@pytest.mark.parametrize(
    "parts",
    [
        [('; filename="a.ttl"', TURTLE, JOHN), ('; filename="b.nt"', TRIPLES, JANE_LINE)],
        [('; filename="a.ttl"', f"{TURTLE}; charset=utf-8", JOHN), ("", TURTLE, JANE)],
        [('; filename="a.ttl"', "", JOHN), ('; filename="b.nt"', "", JANE_LINE)],
        [("", "", JOHN), ("", "", JANE)],
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_5_5_files_of_a_form_are_put_together(
    service: Service, method: str, parts: list[tuple[str, str, str]]
):
    body, kind = multipart(*parts)
    assert service.ask(method, G, body, Content_Type=kind).status == 201
    assert triples(service, G) == {JOHN_LINE, JANE_LINE}


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([('; filename="a.ttl"', TURTLE, JOHN), ("", TURTLE, "broken")], 400),
        ([('; filename="a.ttl"', TURTLE, JOHN), ('; filename="b.png"', "image/png", "x")], 415),
        ([], 400),
    ],
)
def test_5_5_a_form_with_one_bad_file_changes_nothing(
    service: Service, parts: list[tuple[str, str, str]], status: int
):
    put(service, G, JANE)
    body, kind = multipart(*parts)
    assert service.ask("POST", G, body, Content_Type=kind).status == status
    assert triples(service, G) == {JANE_LINE}


# the whole dataset: beyond the standard


def test_the_whole_dataset_is_read_added_to_and_replaced_in_a_format_with_graphs(service: Service):
    both = f"{JOHN_LINE}\n{JANE_LINE[:-2]} <http://example.org/g> ."
    assert service.ask("PUT", "/data", both.encode(), Content_Type="application/n-quads").status == 204
    assert service.quads() == set(both.splitlines())
    trig = service.ask("GET", "/data", Accept="application/trig")
    assert {f"{quad} ." for quad in ox.parse(trig.body, ox.RdfFormat.TRIG)} == set(both.splitlines())
    more = f"<http://example.org/h> {{ {JOHN} }}"
    assert service.ask("POST", "/data", more.encode(), Content_Type="application/trig").status == 204
    assert len(service.quads()) == 3
    assert service.ask("DELETE", "/data").status == 204
    assert service.quads() == set()


def test_a_graph_does_not_replace_the_whole_dataset(service: Service):
    put(service, G, JOHN)
    assert service.ask("PUT", "/data", JANE.encode(), Content_Type=TURTLE).status == 415
    assert triples(service, G) == {JOHN_LINE}


def test_replacing_or_emptying_everything_takes_the_scope_admin(service: Service):
    for method, body in (("PUT", JOHN_LINE.encode()), ("DELETE", None)):
        kind = {"Content_Type": "application/n-quads"} if body else {}
        answer = service.ask(method, "/data", body, token=service.update_only, **kind)
        assert answer.status == 403
        assert 'error="insufficient_scope", scope="admin"' in answer.headers["WWW-Authenticate"]


def test_reading_needs_no_token_and_writing_does(service: Service):
    put(service, G, JOHN)
    assert service.ask("GET", G, token=None).status == 200
    for method in ("PUT", "POST", "DELETE"):
        answer = service.ask(method, G, JANE.encode(), token=None, Content_Type=TURTLE)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="anshan-kg"'
    assert triples(service, G) == {JOHN_LINE}
