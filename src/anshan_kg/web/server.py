"""Start the service: data first, then query workers, then the web server."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import math
import os
import signal
import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server as Embedded

from anshan_kg import allocator
from anshan_kg.errors import UserError, WorkerError
from anshan_kg.execution import Limits, QueryPool, zygote
from anshan_kg.execution.budget import Budget
from anshan_kg.execution.egress import Services
from anshan_kg.execution.worker import die_with_parent
from anshan_kg.stores.direct import DirectRunner
from anshan_kg.stores.disk import DiskStore
from anshan_kg.web import create_app, soon, validate
from anshan_kg.web.rsgi import Bridge
from anshan_kg.writing import TokenFile, Writer
from anshan_kg.writing.tokens import Doorkeeper, token_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anshan_kg.execution import Runner
    from anshan_kg.execution.workers import Workers
    from anshan_kg.kg import KnowledgeGraph
    from anshan_kg.stores.disk import Snapshot

_PATIENCE = 5
"""Seconds that a web process has beyond those of its queries when the service is stopped."""

_NOT_ALONE = (
    "This system lets no process have a network of its own. Queries are kept from the network by the other "
    "means that docs/isolation.md names."
)

_GARBAGE = 20_000
"""Objects that may come into being before garbage is looked for; a request leaves none in circles."""

_SPARE = 8
"""Threads beyond those that can wait for a query, so that pages are served whatever queries do."""


def serve(kg: KnowledgeGraph, say: Callable[[str], None]) -> None:
    """
    Serve a graph until the process is told to stop.

    The query workers' parent is forked off before the web server starts a thread, see
    `anshan_kg.execution.zygote`.

    Raises:
        UserError: the address is taken or not ours.
        WorkerError: a process has ended that it cannot go on without.
    """
    config = kg.config
    disk = kg.store if isinstance(kg.store, DiskStore) else None
    host, port = config.host, _free(config.host, config.port)
    if disk is None:
        _ = kg.names, kg.version  # so that the first visitor does not wait for them
    create_app(kg, DirectRunner(kg.store))  # so that a wrong setting is told here, not in the web process
    budget = Budget(config.client_budget)
    pool = None if config.store else _start_pool(kg, disk, budget)
    runner: Runner = pool or DirectRunner(kg.store)
    validator = None
    if zygote.possible():
        bounds = Limits(config.query_timeout, config.query_memory, config.max_answer)
        # What strangers send is judged beside the packaged graph; a store on disk is open elsewhere.
        judged = kg if disk is None else type(kg)(replace(config, data=None), kg.tree)
        validator = validate.start_workers(judged, config.queue, bounds, budget)
    _announce(kg, host, port, say, alone=pool is None or pool.alone)

    parent = os.getpid()
    threads = config.workers + config.queue + _SPARE
    if validator is not None:
        threads += validate.PLACES + config.queue
    stopping, told = socket.socketpair()
    forks = zygote.possible()

    def application() -> Bridge:
        # Ctrl-C reaches a whole process group. The web process is to hear of it once, from its
        # parent: hearing of it twice, it can wait for itself for ever.
        if forks:
            os.setpgid(0, 0)
            die_with_parent(parent)
        allocator.reserve_from_now_on()
        writer, keeper = _writing(kg, disk, pool)
        app = create_app(kg, runner, validator, writer, keeper)
        longest = max(app.config["MAX_CONTENT_LENGTH"], validate.LONGEST, config.max_upload * 2**20)

        if disk is not None:
            threading.Thread(target=lambda: kg.names, daemon=True).start()
        # What is there now stays, so that looking for garbage again and again need not look at it.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_GARBAGE)

        def drain() -> None:
            _drain_when_told(told, pools, config.stop_timeout)

        return Bridge(app, threads, longest, started=drain, soon=app.extensions.get(soon.NAME))

    pools: list[Workers] = [each for each in (pool, validator) if each is not None]
    patience = math.ceil(config.stop_timeout) + _PATIENCE
    try:
        if forks:
            _Service.over(application, host, port, stopping, pools, patience)
        else:
            asyncio.run(_serve_here(application(), host, port, stopping, patience))
    finally:
        for each in pools:
            each.close()


def _start_pool(kg: KnowledgeGraph, disk: DiskStore | None, budget: Budget) -> QueryPool:
    """Start the query workers, over the data as it is now."""
    config = kg.config
    return QueryPool.start(
        None if disk else kg.dataset.store,
        opener=disk.directory.opener(disk.directory.current()) if disk else None,
        workers=config.workers,
        queue=config.queue,
        limits=Limits(config.query_timeout, config.query_memory, config.max_answer),
        version=kg.version,
        budget=budget,
        services=Services(
            (config.service_allow or "").split(),
            (config.service_networks or "").split(),
            config.query_timeout,
            config.max_answer,
        ),
    )


def _announce(kg: KnowledgeGraph, host: str, port: int, say: Callable[[str], None], *, alone: bool) -> None:
    """Say where the service is, what to try first, and what this system does not allow."""
    if not alone:
        say(_NOT_ALONE)
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}{(kg.config.base_path or '').rstrip('/')}"
    say(
        f"anshan-kg serves dataset version {kg.version[:12]} at\n"
        f"  {base}/                 the start page\n"
        f"  {base}/?lang=zh         在中文中打开\n"
        f"  {base}/ask/targets      what was promised, by whom, in which sentence\n"
        f"  {base}/page/scheme/material/coke-oven-gas\n"
        "  curl -H 'Accept: text/csv' --data-urlencode 'query=SELECT * { ?s ?p ?o } LIMIT 5' "
        f"{base}/sparql\n"
        "Stop with Ctrl-C."
    )


async def _serve_here(bridge: Bridge, host: str, port: int, stopping: socket.socket, patience: int) -> None:
    """Serve in this process, where a web process of its own cannot be had, until told to stop."""
    server = Embedded(
        bridge,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        websockets=False,
        log_level=LogLevels.error,
    )
    server.workers_kill_timeout = patience
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    before = {
        number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(asked.set))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    serving = asyncio.create_task(server.serve())
    waiting = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        with contextlib.suppress(OSError):
            stopping.send(b".")
        server.stop()  # type: ignore[no-untyped-call]  # it has no types
        await asyncio.wait_for(serving, patience)
    finally:
        waiting.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)


def _writing(
    kg: KnowledgeGraph, disk: DiskStore | None, pool: QueryPool | None
) -> tuple[Writer | None, Doorkeeper | None]:
    """Return what changes the data and who may, where it lies on disk."""
    if disk is None or pool is None:
        return None, None
    config, directory = kg.config, disk.directory

    def seen(snapshot: Snapshot) -> None:
        pool.renew(directory.opener(snapshot), snapshot.version)
        kg.forget()

    writer = Writer(
        directory, seen, root=config.root, seconds=config.update_timeout, megabytes=config.update_memory
    )
    writer.start()
    return writer, Doorkeeper(TokenFile(token_file(config)))


class _Service(Granian):  # type: ignore[misc, valid-type]  # it has no types
    """The web server, which tells its process that it is about to be stopped."""

    stopping: socket.socket
    needed: Sequence[Workers] = ()
    """What it cannot go on without."""
    failure = ""

    @classmethod
    def over(
        cls,
        application: Callable[[], Bridge],
        host: str,
        port: int,
        stopping: socket.socket,
        needed: Sequence[Workers],
        patience: int,
    ) -> None:
        """
        Serve an application, which is made in the process that serves it, until told to stop.

        Raises:
            WorkerError: a process has ended that the service cannot go on without.
        """
        server = cls(
            "anshan_kg.web:create_app",
            address=host,
            port=port,
            interface=Interfaces.RSGI,
            workers=1,
            websockets=False,
            log_level=LogLevels.error,
            log_access=False,
            respawn_failed_workers=True,
            workers_kill_timeout=patience,
        )
        server.stopping, server.needed = stopping, needed
        server.serve(target_loader=application, wrap_loader=False)
        if not server.interrupt_signal:
            server.failure = "the web process ends as soon as it is started"
        if server.failure:  # so that whoever watches over the service starts it anew
            raise WorkerError(f"the service has stopped: {server.failure}; start it again")

    def _spawn_workers(self, *arguments: Any) -> None:  # noqa: ANN401 - as the server has them
        super()._spawn_workers(*arguments)
        for each in self.needed:  # threads, and so after the web process was forked
            threading.Thread(target=self._watch_over, args=(each,), daemon=True).start()

    def _watch_over(self, pool: Workers) -> None:
        pool.wait()
        if not self.interrupt_signal:
            self.failure = "the process that query workers are forked from has ended"
            self.signal_handler_interrupt()

    def shutdown(self, exit_code: int = 0) -> None:
        with contextlib.suppress(OSError):
            self.stopping.send(b".")
        super().shutdown(exit_code)


def _drain_when_told(told: socket.socket, pools: list[Workers], seconds: float) -> None:
    """Once the service is being stopped, give running queries some seconds, then cancel them."""

    def wait() -> None:
        if told.recv(1):
            for pool in pools:
                threading.Thread(target=pool.drain, args=(seconds,), daemon=True).start()

    threading.Thread(target=wait, daemon=True).start()


def _free(host: str, port: int) -> int:
    """Return the port, or a free one for 0; said before the work starts, and in plain words."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except (OSError, OverflowError) as error:
            reason: Any = getattr(error, "strerror", None) or error
            raise UserError(
                f"cannot listen on {host}:{port}: {reason}; choose another --port or --host"
            ) from error
        return int(trial.getsockname()[1])
