"""The audit file of a dataset on disk: a line for each write, durable before the write is answered."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anshan_kg.stores.disk import DataDirectory


def append(directory: DataDirectory, do: str, version: str, more: Mapping[str, Any]) -> None:
    """
    Add a line.

    Args:
        directory: The dataset.
        do: What was done, or tried.
        version: What the data is called from then on; "" where nothing was changed.
        more: What else is known of it.
    """
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": time, "do": do, "version": version, **more}
    handle = os.open(directory.audit, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, json.dumps(line, ensure_ascii=False).encode() + b"\n")
        os.fdatasync(handle)
    finally:
        os.close(handle)
