"""What a service holds of the machine: its processes, their memory and their open files."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path


def parents() -> dict[int, int]:
    """Return the parent of every process of this machine."""
    found = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                text = (path / "stat").read_text()
                found[int(path.name)] = int(text.rpartition(")")[2].split()[1])
    return found


def family(pid: int) -> set[int]:
    """Return a process and all that descend from it."""
    known = parents()
    found, grown = {pid}, True
    while grown:
        more = {child for child, parent in known.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found


def alive(pids: set[int]) -> set[int]:
    """Return which of some processes still run; one that has ended and waits to be noted does not."""
    found = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{pid}/stat").read_text()
            if text.rpartition(")")[2].split()[0] not in {"Z", "X"}:
                found.add(pid)
    return found


def open_files(pid: int) -> list[str]:
    """Return what a process has open."""
    found = []
    with contextlib.suppress(OSError):
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found.append(str(handle.readlink()))
    return found


@dataclass(frozen=True)
class Holdings:
    """
    What a family of processes holds.

    Attributes:
        processes: How many they are.
        descriptors: Their open files, together.
        megabytes: Their memory, together; shared pages are divided among those that share them.
    """

    processes: int
    descriptors: int
    megabytes: int


def holdings(pid: int) -> Holdings:
    """Return what a process and all that descend from it hold."""
    pids = alive(family(pid))
    total = 0
    for each in pids:
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{each}/smaps_rollup").read_text()
            total += int(text.partition("\nPss:")[2].split()[0])
    return Holdings(len(pids), sum(len(open_files(each)) for each in pids), total // 1024)


def forkers(pids: set[int]) -> set[int]:
    """Return those of some processes that are no programs of their own: they were forked to fork."""
    found = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(pid)
    return found
