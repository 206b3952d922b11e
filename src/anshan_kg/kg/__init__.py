"""
The one facade: everything the project does, for command line, web and Python alike.

It is one class in five parts, each resting on the one before: `_base` opens, asks and finds; `_things` tells
one thing with its reasons; `_overviews` many at a glance; `_taking` draws and exports; `_keeping` checks,
imports and releases.
"""

from __future__ import annotations

from anshan_kg.kg._keeping import Keeping


class KnowledgeGraph(Keeping):
    """
    The graph: ask it, search it, look at things in it, draw it, check it.

    Open one with `KnowledgeGraph.open()`. It is safe to use from several threads.
    """
