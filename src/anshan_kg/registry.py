"""Folders as registries: the modules of a package are its members."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from anshan_kg.errors import UnknownName

if TYPE_CHECKING:
    from types import ModuleType


def names(package: ModuleType) -> list[str]:
    """Return the names of a registry's members, sorted; modules that start with _ are not."""
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return sorted(name for name in found if not name.startswith("_"))


def load(package: ModuleType, kind: str, name: str) -> ModuleType:
    """
    Return one member of a registry.

    Raises:
        UnknownName: there is none of that name; the error lists those there are.
    """
    known = names(package)
    if name not in known:
        raise UnknownName(kind, name, known)
    return import_module(f"{package.__name__}.{name}")
