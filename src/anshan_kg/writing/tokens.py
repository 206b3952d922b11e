"""
Who may write: bearer tokens, of which only hashes are kept.

A token is 256 random bits, so a plain SHA-256 of it tells nothing about it. A token that is shown
is compared with all that there are, each in constant time, so that the time tells nothing either.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from anshan_kg import files, locks
from anshan_kg.errors import DataError, Forbidden, ParameterError, Throttled, Unauthorised, UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anshan_kg.config import Config

SCOPES = ("update", "admin")
"""What a token may be good for: `update` to write; `admin` to replace or empty all of the data too."""

_PREFIX = "akg_"
_BYTES = 32
_NOBODY = "0" * 64
_SPAN = re.compile(r"(\d+)\s*(s|min|h|d|w|y)")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}


@dataclass(frozen=True, slots=True)
class Token:
    """
    What is kept of a token.

    Attributes:
        id: What it is called in lists and in the audit file.
        hash: SHA-256 of it, hex.
        scopes: Some of `SCOPES`.
        created, expires: ISO 8601 in UTC; "" where it does not expire.
        note: What it is for.
    """

    id: str
    hash: str
    scopes: tuple[str, ...]
    created: str
    expires: str = ""
    note: str = ""

    def expired(self, now: datetime) -> bool:
        """Whether it is over."""
        return bool(self.expires) and datetime.fromisoformat(self.expires) <= now

    def allows(self, scope: str) -> bool:
        """Whether it is good for something; `admin` is for everything."""
        return scope in self.scopes or "admin" in self.scopes


_NO_TOKEN = Token("", _NOBODY, (), "", "1970-01-01T00:00:00+00:00")


def token_file(config: Config) -> Path:
    """
    Return where the settings say the tokens are.

    Raises:
        ParameterError: they do not.
    """
    if config.token_file:
        return Path(config.token_file)
    if config.data:
        return Path(config.data) / "tokens.json"
    raise ParameterError(
        "name the file with the tokens: --token-file FILE, or --data DIR for its tokens.json"
    )


class TokenFile:
    """
    The file with the tokens. What is changed in it counts at once, for a running service too.

    Args:
        path: The file; it need not be there, and then there are no tokens.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        self._read: tuple[tuple[int, int, int], tuple[Token, ...]] | None = None

    def tokens(self) -> tuple[Token, ...]:
        """
        Return the tokens there are.

        Raises:
            DataError: the file cannot be read.
        """
        try:
            told = self.path.stat()
            mark = (told.st_mtime_ns, told.st_size, told.st_ino)
            if self._read is None or self._read[0] != mark:
                document = json.loads(self.path.read_bytes())
                found = tuple(
                    Token(**{**each, "scopes": tuple(each["scopes"])}) for each in document["tokens"]
                )
                self._read = mark, found
            return self._read[1]
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise DataError(self.path, f"is no token file: {error}") from error

    def create(
        self, scopes: Iterable[str], expires: str | None, note: str, now: datetime
    ) -> tuple[str, Token]:
        """
        Return a new token and what is kept of it. The token itself is not to be had again.

        Args:
            scopes: Some of `SCOPES`.
            expires: A span such as "90d", a date, or None for never.
            note: What it is for.
            now: The time.

        Raises:
            ParameterError: a scope or the expiry is none.
        """
        wanted = tuple(dict.fromkeys(scopes))
        unknown = [each for each in wanted if each not in SCOPES]
        if unknown or not wanted:
            what = f"no scope is called {', '.join(unknown)}" if unknown else "a token needs a scope"
            raise ParameterError(f"{what}; there are: {', '.join(SCOPES)}")
        secret = _PREFIX + secrets.token_urlsafe(_BYTES)
        token = Token(
            secrets.token_hex(4),
            hash_of(secret),
            wanted,
            now.isoformat(timespec="seconds"),
            "" if expires is None else _moment(expires, now).isoformat(timespec="seconds"),
            note,
        )
        self._change(lambda tokens: (*tokens, token))
        return secret, token

    def revoke(self, name: str) -> None:
        """
        Take a token away.

        Raises:
            UnknownName: there is none of that id.
        """

        def without(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
            kept = tuple(each for each in tokens if each.id != name)
            if len(kept) == len(tokens):
                raise UnknownName("token", name, [each.id for each in tokens])
            return kept

        self._change(without)

    def _change(self, change: Callable[[tuple[Token, ...]], tuple[Token, ...]]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            locks.lock(lock)
            self._read = None
            document = {"tokens": [asdict(each) for each in change(self.tokens())]}
            files.write_file(self.path, json.dumps(document, indent=1).encode() + b"\n")
            self.path.chmod(0o600)
        finally:
            os.close(lock)

    def find(self, shown: str) -> Token | None:
        """Return the token that was shown; None where it is none. The time it takes tells nothing."""
        given, found = hash_of(shown), None
        for token in self.tokens():
            if hmac.compare_digest(token.hash, given):
                found = token
        hmac.compare_digest(_NOBODY, given)  # as much work where there are no tokens
        return found


def hash_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _moment(text: str, now: datetime) -> datetime:
    if found := _SPAN.fullmatch(text.strip()):
        try:
            return now + timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
        except OverflowError as error:
            raise ParameterError(
                f"{text!r} is too long for a token; leave --expires out for never"
            ) from error
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ParameterError(
            f"{text!r} is no expiry; give a span such as 90d, 12h or 1y, or a date such as 2027-01-31"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Doorkeeper:
    """
    Lets a request write, or says why not.

    Args:
        tokens: The tokens.
        wrong: Wrong tokens that a client may show in a minute before it is told to wait.
        clock: Seconds that only go on.
    """

    def __init__(
        self, tokens: TokenFile, wrong: int = 10, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tokens, self._wrong, self._clock = tokens, wrong, clock
        self._tries: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def any(self) -> bool:
        """Whether there are tokens at all."""
        return bool(self._tokens.tokens())

    def admit(self, header: str | None, scope: str, client: str) -> Token:
        """
        Return the token that a request shows, if it is good for something.

        Args:
            header: `Authorization` of the request.
            scope: What it has to be good for.
            client: Who shows it; wrong ones are counted for each.

        Raises:
            Unauthorised: there is none, or it is none of ours or over.
            Forbidden: it is not good for that.
            Throttled: the client has shown too many wrong ones.
        """
        kind, _, shown = (header or "").strip().partition(" ")
        if kind.lower() != "bearer" or not shown.strip():
            raise Unauthorised("writing needs a token: send it as 'Authorization: Bearer TOKEN'")
        token = self._tokens.find(shown.strip())
        over = (token or _NO_TOKEN).expired(datetime.now(UTC))  # as much work for one that is none
        if token is None or over:
            self._count(client)
            raise Unauthorised(
                "this token is none, or is over; the one who runs the service makes another", wrong=True
            )
        if not token.allows(scope):
            raise Forbidden(
                f"this token is good for {', '.join(token.scopes)}, and this needs {scope}", scope
            )
        return token

    def _count(self, client: str) -> None:
        """Count a wrong token; tell a client to wait that showed too many."""
        now = self._clock()
        with self._lock:
            tries = self._tries.setdefault(client, [])
            self._tries.move_to_end(client)
            while len(self._tries) > _MOST_CLIENTS:
                self._tries.popitem(last=False)
            tries[:] = [each for each in tries if now - each < _MINUTE]
            if len(tries) >= self._wrong:
                wait = int(tries[0] + _MINUTE - now) + 1
                raise Throttled(wait, f"too many wrong tokens came from here; try again in {wait} s")
            tries.append(now)


_MINUTE = 60.0
_MOST_CLIENTS = 10_000
