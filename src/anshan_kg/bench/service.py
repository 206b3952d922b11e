"""Our service on a file of triples, for a measurement: the same code as `serve`, on other data."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pyoxigraph as ox

from anshan_kg import allocator
from anshan_kg.config import Config
from anshan_kg.dataset import Dataset
from anshan_kg.errors import ParameterError
from anshan_kg.files import Tree
from anshan_kg.kg import KnowledgeGraph
from anshan_kg.web.server import serve


def load(path: str | Path) -> ox.Store:
    """
    Return a store with what a file holds.

    Raises:
        ParameterError: its name does not end as an RDF file does.
    """
    form = ox.RdfFormat.from_extension(Path(path).suffix.lstrip("."))
    if form is None:
        raise ParameterError(f"{path} is no RDF file by its name; it can end in .nt, .nq, .ttl, .trig")
    store = ox.Store()
    store.bulk_load(path=str(path), format=form)
    return store


def main(path: str, port: str) -> None:
    """Serve a file at a port until told to stop; other settings come from the environment."""
    config = Config.from_environment(os.environ, port=int(port))
    allocator.restart(config.allocator, _say)
    graph = KnowledgeGraph(config, Tree.find(config.root))
    version = hashlib.sha256(f"{path} {Path(path).stat().st_size}".encode()).hexdigest()
    graph.dataset = Dataset(load(path), graph.tree, known_version=version)
    serve(graph, _say)


def _say(message: str) -> None:
    print(message, file=sys.stderr)  # noqa: T201 - a program


if __name__ == "__main__":
    main(*sys.argv[1:])
