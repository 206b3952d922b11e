"""Tables to cited statements: read rows, map them by a text file, plan what changes in the graph."""

from __future__ import annotations
