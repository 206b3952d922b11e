"""What reaches the service byte by byte, as no well-behaved client would send it."""

from __future__ import annotations

import asyncio
import socket
import urllib.parse
from typing import TYPE_CHECKING

import pytest

from anshan_kg.web.rsgi import _Gone
from tests.service import running_in_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.service import Service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running_in_memory(tmp_path_factory.mktemp("bridge")) as started:
        yield started


def raw(service: Service, address: bytes, *headers: bytes) -> tuple[int, bytes]:
    """Send a request as it is; return the status and the body."""
    place = urllib.parse.urlsplit(service.base)
    lines = [b"GET " + address + b" HTTP/1.1", b"Host: x", b"Connection: close", *headers, b"", b""]
    with socket.create_connection((place.hostname or "", place.port or 0), 20) as link:
        link.sendall(b"\r\n".join(lines))
        data = b""
        while piece := link.recv(65536):
            data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("/search?q=鞍钢", b"angang"),
        ("/reconcile?query=鞍钢股份有限公司", b"id/enterprise/angang-steel"),
        ("/sparql?query=SELECT+('鞍钢'+AS+?x)+%7B%7D", "鞍钢".encode()),
        ("/ask/targets.csv?subject=鞍山&lang=zh", "鞍山".encode()),
    ],
)
def test_letters_that_should_have_been_escaped_in_an_address_are_read(
    service: Service, address: str, found: bytes
):
    status, body = raw(service, address.encode(), b"Accept: application/json")
    assert status == 200, body
    assert found in body


@pytest.mark.parametrize(
    "address", [b"/search?q=\xff\xfe", b"/page/\xff", b"/sparql?query=\xe9\x9e", b"/\xc0\xaf"]
)
def test_bytes_that_are_no_letters_are_refused(service: Service, address: bytes):
    assert raw(service, address)[0] in {400, 404}


@pytest.mark.parametrize(
    "header",
    [b"Accept: \xff\xfe", b"X-Name: \xe9\x9e\x8d", b"Cookie: lang=\xff", b"Accept-Language: \xe4\xb8\xad"],
)
def test_headers_of_any_bytes_end_in_no_fault(service: Service, header: bytes):
    assert raw(service, b"/search?q=a", header)[0] in {200, 400, 406}


def test_a_watch_for_a_client_that_leaves_ends_with_its_request():
    """A connection may be kept for thousands of requests; none may leave something that waits."""

    class Connection:
        waiting = 0

        async def client_disconnect(self) -> None:
            Connection.waiting += 1
            try:
                await asyncio.sleep(60)
            finally:
                Connection.waiting -= 1

    async def requests() -> None:
        loop = asyncio.get_running_loop()
        for _ in range(20):
            gone = _Gone(Connection(), loop)
            assert not gone()
            await asyncio.sleep(0.01)
            assert Connection.waiting == 1
            gone.stop()
            await asyncio.sleep(0.01)
            assert Connection.waiting == 0
            assert not gone()

    asyncio.run(requests())
