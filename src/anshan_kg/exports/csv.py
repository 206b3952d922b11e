"""CSV of edges, by RFC 4180."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from anshan_kg.cells import tame
from anshan_kg.exports._xml import edges
from anshan_kg.network import edge_attributes

if TYPE_CHECKING:
    import networkx as nx

TITLE = "CSV of edges, for spreadsheets and Gephi"
TAKES, MEDIA_TYPE, EXTENSION = "network", "text/csv", "csv"

_ENDS = ("source_en", "source_zh", "source_type", "target_en", "target_zh", "target_type")


def write(network: nx.MultiDiGraph[str]) -> bytes:
    """
    Return the edges of a network as a table, with both ends named in both languages.

    Source, Target, Type, Id and Label are the columns Gephi looks for. The byte-order mark makes
    spreadsheets show Chinese; cells that a spreadsheet would run as a formula get an apostrophe.
    """
    output = io.StringIO(newline="")
    writer = csv.writer(output, lineterminator="\r\n")
    rest = [name for name in edge_attributes(network) if name not in {"id", "label"}]
    writer.writerow(["Source", "Target", "Type", "Id", "Label", *_ENDS, *rest])
    for source, target, data in edges(network):
        ends = [
            network.nodes[end][name] for end in (source, target) for name in ("label_en", "label_zh", "type")
        ]
        more = [data.get(name, "") for name in rest]
        row = [source, target, "Directed", data["id"], data["label"], *ends, *more]
        writer.writerow([tame(cell, numbers=False) for cell in row])
    return b"\xef\xbb\xbf" + output.getvalue().encode("utf-8", "replace")
