"""Examples in docstrings do what they show."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import anshan_kg

NAMES = sorted(
    module.name
    for module in pkgutil.walk_packages(anshan_kg.__path__, "anshan_kg.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", NAMES)
def test_examples_in_docstrings_are_true(name: str):
    assert doctest.testmod(import_module(name)).failed == 0
