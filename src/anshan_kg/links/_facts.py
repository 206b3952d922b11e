"""What a data set says of a record, in the words of our ontology."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """
    One statement of a data set about one of its records.

    Attributes:
        record: Identifier of the record.
        place: Slug of what the statement is about; with the record's identifier it names the passage.
        property: An indicator (`iron-ore-mining-scale`) where there is a value, else a relation
            (`akg:hasStatus`).
        printed: Number and unit as the data set has them, or the word it uses.
        value: The number in the unit of the indicator; empty for a relation.
        object: The thing at the other end, as a short name; `record:ID` for another record of a
            target, which becomes the thing of ours that is linked to it; empty for a number.
        modality: How it is meant: observed, capacity, plan, ...
        year: The year it describes; empty where the data set gives none.
        target_year: The year it is for.
        share: Share of the capital in percent, for ownership.
        scope_en, scope_zh: What it covers.
        backwards: Whether the record is the object of the relation: its owner owns it.
    """

    record: str
    place: str
    property: str
    printed: str = ""
    value: str = ""
    object: str = ""
    modality: str = "observed"
    year: str = ""
    target_year: str = ""
    share: str = ""
    scope_en: str = ""
    scope_zh: str = ""
    backwards: bool = False
