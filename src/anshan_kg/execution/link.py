"""
One worker as the pool holds it: its end of a socket, waited for by a thread or by an event loop.

Whoever waits looks every tenth of a second whether somebody still wants the answer.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
import select
import socket as socket_module
import struct
import sys
import time
from dataclasses import dataclass
from socket import SO_RCVTIMEO, SO_SNDTIMEO, SOL_SOCKET
from typing import TYPE_CHECKING, Any

from anshan_kg.execution.budget import PATIENCE, Ask, finish
from anshan_kg.execution.worker import GRACE, PIECE, pack, size_of

if TYPE_CHECKING:
    import asyncio
    import socket

_LONG = 1.0
"""Seconds after which a query gives way to others on a busy processor."""
_NICE = 10
_AT_ONCE = getattr(socket_module, "MSG_DONTWAIT", 0)
_NEXT_PIECE, _LARGE = 2**18, 2**20
"""Bytes of an answer that are read at once after the first, and after how many a thread reads the rest."""

Head = dict[str, Any] | tuple[tuple[str, Any], ...]
"""What a message says beside its body; as pairs, if it can be kept as it was packed."""


@dataclass(slots=True)
class Worker:
    """
    A worker.

    Attributes:
        number: Its process.
        link: The socket that leads to it.
        version: Which data it looks at.
        slow: Whether it has given way to others.
    """

    number: int
    link: socket.socket
    version: str = ""
    slow: bool = False


def packed(head: Head, seconds: float) -> bytes:
    """Return the head of a message with its deadline; those of queries are few, and kept."""
    if isinstance(head, dict):
        return pack({**head, "seconds": seconds})
    return _packed_before((*head, ("seconds", seconds)))


@functools.lru_cache(maxsize=256)
def _packed_before(head: tuple[tuple[str, Any], ...]) -> bytes:
    return pack(dict(head))


async def start_soon(
    loop: asyncio.AbstractEventLoop, ask: Ask, worker: Worker, seconds: float
) -> bytearray | None:
    """Return the answer, or how a large one begins; less where the worker ended, None at the deadline."""
    link, handle = worker.link, worker.link.fileno()
    end = time.monotonic() + seconds
    left = seconds
    data = bytearray()
    try:
        while True:
            there: asyncio.Future[None] = loop.create_future()
            loop.add_reader(handle, finish, there)
            bell = loop.call_later(min(left, PATIENCE), finish, there)
            try:
                await there
            finally:
                bell.cancel()
            try:
                piece = link.recv(_NEXT_PIECE if data else PIECE, _AT_ONCE)
            except BlockingIOError:
                left = end - time.monotonic()
                if data:  # the query is done; the kernel ends a worker that does not finish its answer
                    left = max(left, GRACE)
                elif not _may_go_on(ask, worker, seconds, left):
                    return None
                continue
            data += piece
            if not piece or len(data) >= min(size_of(data), _LARGE):
                return data
    except ConnectionError:
        return bytearray()
    finally:
        loop.remove_reader(handle)
        if sys.platform != "win32":
            os.set_blocking(handle, True)  # libuv leaves it so that a thread could not wait for it


def answered(ask: Ask, worker: Worker, seconds: float) -> bool:
    """Return whether there is an answer to read before so much time has passed."""
    end = time.monotonic() + seconds
    left = seconds
    while not _readable(worker.link, min(left, PATIENCE)):
        left = end - time.monotonic()
        if not _may_go_on(ask, worker, seconds, left):
            return False
    return True


def _may_go_on(ask: Ask, worker: Worker, seconds: float, left: float) -> bool:
    """Whether a question has time left, and somebody who waits; a long one gives way to others."""
    ask.check()
    if left <= 0:
        return False
    if not worker.slow and seconds - left > _LONG:
        worker.slow = True
        _give_way(worker.number)
    return True


def _readable(link: socket.socket, seconds: float) -> bool:
    """Whether there is something to read before so much time has passed; `select` knows few handles."""
    if not hasattr(select, "poll"):  # Windows, whose `select` knows many
        return bool(select.select([link], [], [], seconds)[0])
    watch = select.poll()
    watch.register(link, select.POLLIN)
    return bool(watch.poll(seconds * 1000))


def wait_no_longer(link: socket.socket, seconds: float) -> None:
    """Let the kernel end a wait for an answer that has begun; cheaper than a timeout of Python's."""
    if sys.platform != "win32":
        link.settimeout(None)
        wait = struct.pack("@ll", math.ceil(seconds), 0)
        link.setsockopt(SOL_SOCKET, SO_RCVTIMEO, wait)
        link.setsockopt(SOL_SOCKET, SO_SNDTIMEO, wait)


def _give_way(number: int) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(OSError):  # it has ended
            os.setpriority(os.PRIO_PROCESS, number, _NICE)
