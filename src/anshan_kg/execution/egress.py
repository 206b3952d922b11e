"""
The one way out: services that the operator has listed, through a relay that checks every address.

Nothing is listed by default, and then there is no relay. What is listed may be named in SERVICE as
an IRI written in full. The query that runs does not hold that IRI but an address of the relay, a
process of its own which listens where the workers are and connects where they cannot. It resolves
the name itself, refuses if any address it finds belongs to a private network, connects to the
address it has checked, not to the name, and follows a redirect only to what is listed too. Size
and time of a reply are bounded.
"""

from __future__ import annotations

import contextlib
import http.client
import http.server
import ipaddress
import os
import secrets
import signal
import socket
import ssl
import struct
import sys
import time
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urljoin, urlsplit

from anshan_kg import __version__
from anshan_kg.errors import ParameterError, QueryRefused
from anshan_kg.execution import gate, worker

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_MOST_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_LONGEST_QUERY = 2 * 2**20
_PIECE = 2**16
_PASSED_ON = ("Accept", "Content-Type")
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1
_FIRST_HANDLE = 3


def admit(
    text: str,
    parse: Callable[[str], object],
    services: Services | None = None,
) -> str:
    """
    Return the query to run for a query that was asked; see `gate.admit`.

    Args:
        text: The query.
        parse: Raises QueryError for a text that is not SPARQL.
        services: What SERVICE may name; None for nothing.

    Raises:
        QueryTooLong, QueryError, QueryRefused: as `gate.check`.
    """
    return gate.admit(text, parse, {} if services is None else services.addresses)


class Services:
    """
    The services that queries may use.

    Args:
        endpoints: Their addresses, in full.
        networks: Private networks that these may lie in all the same.
        seconds, megabytes: What a reply may take.
    """

    def __init__(
        self,
        endpoints: Iterable[str] = (),
        networks: Iterable[str] = (),
        seconds: float = 30.0,
        megabytes: int = 16,
    ) -> None:
        self.endpoints = tuple(endpoints)
        self.seconds, self.megabytes = seconds, megabytes
        try:
            self.networks: tuple[Network, ...] = tuple(ipaddress.ip_network(each) for each in networks)
        except ValueError as error:
            raise ParameterError(f"service_networks: {error}") from error
        for each in self.endpoints:
            parts = urlsplit(each)
            if (
                parts.scheme not in {"http", "https"}
                or not parts.hostname
                or parts.username
                or parts.fragment
            ):
                raise ParameterError(f"{each!r} is no address of a service; give http(s)://host[:port]/path")
        self._secret = secrets.token_hex(16)
        self._base = ""
        self._process = 0
        self._starter = 0
        self._door: socket.socket | None = None
        self._said: socket.socket | None = None

    def start(self) -> socket.socket | None:
        """
        Start the relay, and return the door through which it is handed its listening socket.

        Call it before the process has threads. None where no service is listed.
        """
        if not self.endpoints:
            return None
        door, theirs = socket.socketpair()
        self._said, told = socket.socketpair()
        parent = self._starter = os.getpid()
        self._process = os.fork()
        if self._process == 0:
            _relay(self, theirs, told, parent)
        theirs.close()
        told.close()
        self._door = door
        return door

    def close_door(self) -> None:
        """Wait until the relay listens; call it after whoever opens the door has been started."""
        if self._door is None or self._said is None:
            return
        self._door.close()
        self._base = f"http://127.0.0.1:{int(self._said.recv(16) or b'0')}/{self._secret}/"

    def address_of(self, endpoint: str) -> str:
        """Return where the relay stands for an endpoint."""
        return f"{self._base}{self.endpoints.index(endpoint)}"

    @property
    def addresses(self) -> dict[str, str]:
        """Where the relay stands for each endpoint."""
        return {each: self.address_of(each) for each in self.endpoints}

    def used_in(self, text: str) -> bool:
        """Whether a query that was admitted uses a service."""
        return bool(self.endpoints) and self._secret in text

    def endpoint_at(self, path: str) -> str | None:
        """Return the endpoint that a path of the relay stands for; None for any other path."""
        _, secret, number = [*path.split("/", 2), "", ""][:3]
        if not secrets.compare_digest(secret, self._secret) or not number.isascii() or not number.isdigit():
            return None
        return self.endpoints[int(number)] if int(number) < len(self.endpoints) else None

    def close(self) -> None:
        """End the relay."""
        if self._process and os.getpid() == self._starter:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._process, 0)
            self._process = 0
        if self._said is not None:
            self._said.close()


NO_SERVICES = Services()
"""Nothing is listed, so nothing may be used."""


def is_public(address: Address) -> bool:
    """
    Whether an address belongs to the open internet, whatever form it is written in.

    >>> [is_public(ipaddress.ip_address(each)) for each in ("1.1.1.1", "10.0.0.1", "::ffff:127.0.0.1")]
    [True, False, False]
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo is not None:
            return False
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def resolve(host: str, port: int, networks: Collection[Network] = ()) -> str:
    """
    Return an address of a host, after all of them have been found fit.

    Raises:
        QueryRefused: one of them lies where no query may go, or there is none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise QueryRefused(f"the service {host} has no address: {error}") from error
    addresses = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    for each in addresses:
        if not is_public(each) and not any(each in network for network in networks):
            raise QueryRefused(f"the service {host} has the address {each}, where no query may go")
    return str(addresses[0])


class _Plain(http.client.HTTPConnection):
    """A connection to an address that has been checked, for a host of another name."""

    def __init__(self, host: str, port: int, address: str, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self._address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)


class _Secure(_Plain):
    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def fetch(services: Services, endpoint: str, query: bytes, headers: dict[str, str]) -> tuple[str, bytes]:
    """
    Return media type and bytes of what a listed service answers.

    Raises:
        QueryRefused: it, or what it redirects to, is not to be reached, or it passes a bound.
        OSError, http.client.HTTPException: it does not answer.
    """
    end = time.monotonic() + services.seconds
    target = endpoint
    for _ in range(_MOST_REDIRECTS + 1):
        parts = urlsplit(target)
        host, secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        address = resolve(host, port, services.networks)
        kind = _Secure if secure else _Plain
        with contextlib.closing(kind(host, port, address, max(0.1, end - time.monotonic()))) as link:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            link.request("POST", path, query, {"User-Agent": f"anshan-kg/{__version__}", **headers})
            reply = link.getresponse()
            if reply.status in _REDIRECTS:
                target = urljoin(target, reply.headers.get("Location", ""))
                if target not in services.endpoints:
                    raise QueryRefused(f"the service {endpoint} redirects to {target}, which is not listed")
                continue
            if reply.status != http.HTTPStatus.OK:
                raise QueryRefused(f"the service {endpoint} answered with status {reply.status}")
            return reply.headers.get("Content-Type", ""), _body(reply, services, end)
    raise QueryRefused(f"the service {endpoint} redirects more than {_MOST_REDIRECTS} times")


def _body(reply: http.client.HTTPResponse, services: Services, end: float) -> bytes:
    data = bytearray()
    while piece := reply.read1(_PIECE):
        data += piece
        if len(data) > services.megabytes * 2**20:
            raise QueryRefused(f"a service sent more than {services.megabytes} MB")
        if time.monotonic() > end:
            raise QueryRefused(f"a service took longer than {services.seconds:g} s")
    return bytes(data)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    services: Services


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        query = self.rfile.read(length) if length <= _LONGEST_QUERY else b""
        services = self.server.services
        endpoint = services.endpoint_at(self.path)
        if endpoint is None or not query:
            self._tell(404, "text/plain", b"no such service\n")
            return
        headers = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
        try:
            kind, body = fetch(services, endpoint, query, headers)
        except (QueryRefused, OSError, http.client.HTTPException) as error:
            self._tell(502, "text/plain; charset=utf-8", f"{error}\n".encode())
        else:
            self._tell(200, kind, body)

    def _tell(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the service logs its queries."""


def _relay(services: Services, door: socket.socket, told: socket.socket, parent: int) -> NoReturn:
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        worker.die_with_parent(parent)
        kept = sorted((door.fileno(), told.fileno()))
        os.closerange(_FIRST_HANDLE, kept[0])
        os.closerange(kept[0] + 1, kept[1])
        os.closerange(kept[1] + 1, os.sysconf("SC_OPEN_MAX"))
        _, handles, _, _ = socket.recv_fds(door, 1, 1)
        listener = socket.socket(fileno=handles[0])
        server = _Server(listener.getsockname(), _Handler, bind_and_activate=False)
        server.socket.close()
        server.socket, server.services = listener, services
        told.send(str(listener.getsockname()[1]).encode())
        told.close()
        server.serve_forever()
    except BaseException:  # noqa: BLE001 - nothing may return into the code that forked
        os._exit(1)
    os._exit(0)


def raise_loopback() -> None:
    """Let a process that has a network of its own reach itself there."""
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415 - where it is needed, it is there

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            request = struct.pack("16sh", b"lo", _IFF_UP).ljust(40, b"\0")
            fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)
