"""
The one door through which a target's file is fetched: listed hosts only, politely, and seldom.

It is shut until the setting `fetch_allow` names hosts. A file is kept and asked for again only after a day,
and then with its entity tag; between two requests lies a second; what is fetched is bounded.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import urllib3

from anshan_kg import __version__
from anshan_kg.errors import DataError, ParameterError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

_DAY, _PAUSE, _TIMEOUT = 24 * 3600.0, 1.0, urllib3.Timeout(connect=10, read=60)
_MOST, _PIECE, _MOST_HOPS = 2 * 2**30, 2**20, 3
_AGENT = f"anshan-kg/{__version__} (+https://w3id.org/anshan-kg/)"
_FINE, _SAME, _ELSEWHERE = 200, 304, {301, 302, 303, 307, 308}


class Door:
    """
    Fetches files from listed hosts into a folder.

    Args:
        allow: Hosts that may be asked, `host` or `host:port`; nothing is fetched from others, not
            even when a listed one sends there.
        folder: Where files are kept.
        now: The clock, in seconds.
        sleep: Waits some seconds.
        most: Bytes a file may have.
    """

    def __init__(
        self,
        allow: Collection[str],
        folder: Path,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        most: int = _MOST,
    ) -> None:
        self._allow, self._folder, self._now, self._sleep, self._most = set(allow), folder, now, sleep, most
        self._pool = urllib3.PoolManager(retries=False, headers={"User-Agent": _AGENT})
        self._last = 0.0

    def fetch(self, address: str) -> Path:
        """
        Return the file of an address, from the folder if it came within the last day.

        Raises:
            ParameterError: the address is none, or of a host that is not listed.
            SourceError: the host does not answer, or not with the file.
            DataError: the folder cannot be written.
        """
        self._check(address)
        name = re.sub(r"[^\w.-]", "_", urlsplit(address).path.rpartition("/")[2]) or "data"
        place = self._folder / hashlib.sha256(address.encode()).hexdigest()[:16] / name[-100:]
        told = place.with_name("told.json")
        known = json.loads(told.read_text(encoding="utf-8")) if told.exists() and place.exists() else {}
        if known and self._now() - known["at"] < _DAY:
            return place
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            tag = self._get(address, known.get("tag", ""), place)
            told.write_text(json.dumps({"at": self._now(), "tag": tag, "address": address}), encoding="utf-8")
        except OSError as error:
            raise DataError(place, f"cannot be written: {error.strerror}") from error
        except urllib3.exceptions.HTTPError as error:
            raise SourceError(
                f"{urlsplit(address).netloc} did not answer: {error}; try again later"
            ) from error
        return place

    def _check(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise ParameterError(f"{address!r} is no address of a file: it starts with https://")
        if parts.netloc not in self._allow:
            listed = ", ".join(sorted(self._allow)) or "none"
            raise ParameterError(
                f"nothing is fetched from {parts.netloc}; the hosts in ANSHAN_KG_FETCH_ALLOW are: {listed}"
            )

    def _get(self, address: str, tag: str, place: Path) -> str:
        """Write the file and return its entity tag; leave it as it is where it has not changed."""
        for _ in range(_MOST_HOPS + 1):
            self._sleep(max(0.0, self._last + _PAUSE - self._now()))
            self._last = self._now()
            headers = {"User-Agent": _AGENT, **({"If-None-Match": tag} if tag else {})}
            reply = self._pool.request(
                "GET", address, headers=headers, preload_content=False, redirect=False, timeout=_TIMEOUT
            )
            try:
                if reply.status in _ELSEWHERE:
                    address = urljoin(address, reply.headers.get("Location", ""))
                    self._check(address)
                    continue
                if reply.status == _SAME:
                    return tag
                if reply.status != _FINE:
                    raise SourceError(f"{urlsplit(address).netloc} answered {reply.status} for {address}")
                self._keep(reply, place)
                return str(reply.headers.get("ETag", ""))
            finally:
                reply.release_conn()
        raise SourceError(f"{address} was reached only after more than {_MOST_HOPS} redirections")

    def _keep(self, reply: urllib3.BaseHTTPResponse, place: Path) -> None:
        part, size = place.with_name(f".{place.name}.part"), 0
        try:
            with part.open("wb") as file:
                for piece in reply.stream(_PIECE, decode_content=True):
                    size += len(piece)
                    if size > self._most:
                        raise SourceError(
                            f"the file has more than {self._most:,} bytes; fetch it by other means"
                        )
                    file.write(piece)
            part.replace(place)
        finally:
            part.unlink(missing_ok=True)
