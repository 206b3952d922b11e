"""
Invent a region: the same ontology and shapes, nothing of it true.

For tests and measurements of size. Every name says that it is invented, and no IRI lies under the
base of the real graph, so that nothing here can be taken for a fact, or be mixed up with one.

- `words`: what names are made of, in Chinese, pinyin and English
- `region`: the things of a region and what is said of them, one enterprise after the other
- `lines`: the same as N-Triples, N-Quads or Turtle
"""

from anshan_kg.synth.lines import FORMATS, write
from anshan_kg.synth.region import Region, Size, Thing

__all__ = ["FORMATS", "Region", "Size", "Thing", "write"]
