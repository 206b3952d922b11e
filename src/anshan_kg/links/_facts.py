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
        property: An indicator (`iron-ore-mining-scale`) where there is a value, a relation
            (`akg:hasStatus`) where there is an object, empty for a sentence.
        printed: Number and unit as the data set has them, or the word it uses.
        value: The number in the unit of the indicator.
        object: The thing at the other end of a relation, as a short name.
        modality: How it is meant: observed, capacity, plan, ...
        year: The year it describes; empty where the data set gives none.
        target_year: The year it is for.
        en, zh: What the number covers; for a sentence, the sentence.
        of_works: Whether it holds for the works alone, so that it is not said of the company
            whose works they are.
    """

    record: str
    place: str
    property: str = ""
    printed: str = ""
    value: str = ""
    object: str = ""
    modality: str = "observed"
    year: str = ""
    target_year: str = ""
    en: str = ""
    zh: str = ""
    of_works: bool = False
