"""The audit file of a dataset on disk: a line for each write, durable before the write is answered."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from anshan_kg.errors import DataError

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

    Raises:
        DataError: it cannot be written, as on a full disk.
    """
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": time, "do": do, "version": version, **more}
    told = json.dumps(line, ensure_ascii=False).encode() + b"\n"
    handle = os.open(directory.audit, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        before = os.fstat(handle).st_size
        if os.write(handle, told) != len(told):  # the disk is full; the next line is to be a line
            os.ftruncate(handle, before)
            raise DataError(directory.audit, "has no room for a line")
        os.fdatasync(handle)
    except OSError as error:
        raise DataError(directory.audit, f"cannot be written: {error.strerror}") from error
    finally:
        os.close(handle)
