"""Numbers, and what is told in place of one, in the words of a language."""

from __future__ import annotations

from anshan_kg.quantities import decimal, spell, with_unit
from anshan_kg.web import language


def amount(text: str, unit: str, lang: str) -> str:
    """Return a number with its unit in the words of a language; a text that is no number as it is."""
    value = decimal(text)
    return text if value is None else with_unit(spell(value, lang), unit, lang)


def told(text: str, unit: str, lang: str) -> str:
    """Return an outcome, a number or the status of a thing, in the words of a language."""
    return language.words(lang, "values").get(text) or amount(text, unit, lang)
