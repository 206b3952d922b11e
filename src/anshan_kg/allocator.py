"""
A faster memory allocator for the service, where one is installed.

The engine makes and drops many short strings for a query, and spends a third of its time in the C
library's allocator. Another one has to be there before the program starts, so the program starts
itself again with it, before any data is loaded; the query workers have it by being forked.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from anshan_kg.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

_STARTED = "ANSHAN_KG_STARTED_WITH"
"""Environment variable that tells the program that it has been started again, and with what."""

_PACKAGE, _LIBRARY = "cmeel-mimalloc", "libmimalloc.so"

_FORBIDDEN = 77
"""How this program says yes to the allocator; by this value it finds the option again."""
_OPTIONS = 64

_MANNERS = {
    # Reserved in advance, memory does not count against the bounds of a worker when it is used. So the
    # process that is forked reserves none; see `reserve_from_now_on` for those that are forked off.
    "MIMALLOC_DISALLOW_ARENA_ALLOC": str(_FORBIDDEN),
    # Kibibytes at once: of a gigabyte, the default, a bounded worker would get none.
    "MIMALLOC_ARENA_RESERVE": "32768",
    # Milliseconds: what one query leaves is used by the next, and need not be given back in between.
    "MIMALLOC_PURGE_DELAY": "1000",
    # Whoever meets a bound is to be told at once.
    "MIMALLOC_RETRY_ON_OOM": "0",
}


def restart(wanted: str, say: Callable[[str], None]) -> None:
    """
    Start this program again with an allocator; return where there is none, or it is in use.

    Args:
        wanted: `auto` for one that is installed, `none`, or the path of a library.
        say: Is told when a library cannot be used.

    Raises:
        ParameterError: there is no such file.
    """
    if sys.platform != "linux" or wanted == "none" or _STARTED in os.environ:
        return
    library = _installed() if wanted == "auto" else Path(wanted)
    if library is None:
        return
    if not library.is_file():
        raise ParameterError(f"allocator is {wanted!r}; it can be auto, none, or the path of a library")
    try:
        ctypes.CDLL(str(library))
    except OSError as error:
        say(f"the memory allocator {library} cannot be used: {error}")
        return
    before = os.environ.get("LD_PRELOAD")
    environment = _MANNERS | os.environ
    environment[_STARTED] = str(library)
    environment["LD_PRELOAD"] = f"{library}:{before}" if before else str(library)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606 - ourselves


def reserve_from_now_on() -> bool:
    """
    Let this process reserve memory in advance, as is right where a bound is set after this and before use.

    Without it, a query asks the system for memory several times, and gives it back.

    Returns:
        Whether there is an allocator that was told not to.
    """
    library = _library()
    if library is None:
        return False
    get, put = library.mi_option_get, library.mi_option_set
    get.restype, put.argtypes = ctypes.c_long, (ctypes.c_int, ctypes.c_long)
    # What number an option has differs between versions.
    found = [number for number in range(_OPTIONS) if get(number) == _FORBIDDEN]
    if len(found) != 1:
        return False
    put(found[0], 0)
    return True


def give_back() -> None:
    """
    Let go of what this thread no longer uses; worth it after something large.

    The allocator keeps memory for each thread apart, and looks at what is free when the same thread
    asks for more, which one of many may not do for long.
    """
    library = _library()
    if library is not None:
        library.mi_collect(True)


@cache
def _library() -> ctypes.CDLL | None:
    """Return the allocator of this process, if it is the one that is known here."""
    library = ctypes.CDLL(None) if _STARTED in os.environ else None
    return library if hasattr(library, "mi_option_get") else None


def _installed() -> Path | None:
    """Return the library of the package that brings one, None where it is not installed."""
    try:
        files = importlib.metadata.files(_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    found = [Path(str(each.locate())) for each in files if each.name.startswith(_LIBRARY)]
    return min((each for each in found if each.is_file()), default=None)
