"""
An open, cited, bilingual knowledge graph of the industrial system of Anshan.

>>> from anshan_kg import KnowledgeGraph
>>> kg = KnowledgeGraph.open()
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anshan_kg.kg import KnowledgeGraph

__all__ = ["KnowledgeGraph", "__version__"]
__version__ = version("anshan-kg")


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the module protocol says so
    """Load the facade when it is first asked for, so that `import anshan_kg` stays quick."""
    if name == "KnowledgeGraph":
        from anshan_kg.kg import KnowledgeGraph  # noqa: PLC0415

        return KnowledgeGraph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
