"""The data folder that a command works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anshan_kg.errors import ParameterError
from anshan_kg.stores.disk import DataDirectory

if TYPE_CHECKING:
    from anshan_kg.cli import Caller


def directory_of(caller: Caller) -> DataDirectory:
    """
    Return the data folder that the settings name.

    Raises:
        ParameterError: they name none.
    """
    if caller.config.data is None:
        raise ParameterError("name the folder with the dataset: --data DIR, or ANSHAN_KG_DATA")
    return DataDirectory(caller.config.data)
