"""
The clients: a process of their own that asks over kept-open connections and times the answers.

One thread and raw sockets, so that asking costs little beside answering; what it cost is told.
Orders come as JSON, one a line, and so do the numbers go back. It imports nothing of ours, because
it is to start at once.
"""

from __future__ import annotations

import base64
import json
import select
import socket
import sys
import time
from typing import Any

_PIECE = 2**18
_LONGEST_WAIT = 1.0

_PIECES = -2
"""Stands for the length of an answer that comes in pieces."""


class _Client:
    """One connection, and what is expected on it."""

    def __init__(self, address: tuple[str, int], requests: list[bytes], first: int) -> None:
        self.address, self.requests, self.next = address, requests, first
        self.link = self._connect()
        self.data = bytearray()
        self.began = 0.0
        self.expected = -1  # bytes of the whole response; -1 while unknown, `_PIECES` for one in pieces

    def _connect(self) -> socket.socket:
        link = socket.create_connection(self.address, timeout=10)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link

    def ask(self) -> None:
        self.data.clear()
        self.expected = -1
        request = self.requests[self.next % len(self.requests)]
        self.next += 1
        self.began = time.perf_counter()
        self.link.sendall(request)

    def read(self) -> bool:
        """Take what is there; return whether the answer is whole. EOFError: the server hung up."""
        piece = self.link.recv(_PIECE)
        if not piece:
            raise EOFError
        self.data += piece
        if self.expected == -1:
            end = self.data.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = bytes(self.data[:end]).lower()
            at = head.find(b"\r\ncontent-length:")
            if at >= 0:
                self.expected = end + 4 + int(head[at + 17 :].split(b"\r\n", 1)[0])
            else:
                self.expected = _PIECES
        if self.expected == _PIECES:
            return self.data.endswith(b"\r\n0\r\n\r\n")
        return len(self.data) >= self.expected

    def again(self) -> None:
        self.link.close()
        self.link = self._connect()


def run(order: dict[str, Any]) -> dict[str, Any]:
    """Return the times of all answers that came while an order ran; see `Load.run` for its parts."""
    address = (order["host"], order["port"])
    requests = [base64.b64decode(each) for each in order["requests"]]
    count, seconds, patience = order["clients"], order["seconds"], order["patience"]
    clients = [_Client(address, requests, n * len(requests) // count) for n in range(count)]
    watch = select.epoll()
    by_number = {}
    for client in clients:
        watch.register(client.link, select.EPOLLIN)
        by_number[client.link.fileno()] = client
    times: list[float] = []
    errors: dict[str, int] = {}
    spent, began = time.process_time(), time.perf_counter()
    end, last = began + seconds, began + seconds + patience
    for client in clients:
        client.ask()
    busy = len(clients)
    now = began
    while busy and now < last:
        for number, _ in watch.poll(_LONGEST_WAIT):
            client = by_number[number]
            try:
                whole = client.read()
                if not whole:
                    continue
                now = time.perf_counter()
                if client.data.startswith(b"HTTP/1.1 200"):
                    times.append(now - client.began)
                else:
                    status = bytes(client.data[9:12]).decode(errors="replace")
                    errors[status] = errors.get(status, 0) + 1
            except (EOFError, OSError) as error:
                now = time.perf_counter()
                errors[type(error).__name__] = errors.get(type(error).__name__, 0) + 1
                watch.unregister(number)
                del by_number[number]
                client.again()
                watch.register(client.link, select.EPOLLIN)
                by_number[client.link.fileno()] = client
            if now < end:
                client.ask()
            else:
                busy -= 1
        now = time.perf_counter()
    elapsed = now - began
    for client in clients:
        client.link.close()
    return {
        "times": times, "errors": errors, "elapsed": elapsed,
        "cpu": time.process_time() - spent, "unanswered": busy,
    }  # fmt: skip


def main() -> None:
    """Take orders until there are no more."""
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)  # noqa: T201 - how it talks to its parent


if __name__ == "__main__":
    main()
