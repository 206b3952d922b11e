"""
Run a command under the filter of system calls that a unit of systemd asks for.

`python -m tests.confined UNIT [--without NAME ...] -- COMMAND ...`; NAME is a system call that is refused as well.
"""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
from pathlib import Path

_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_UNKNOWN = -1


def calls(names: str) -> set[str]:
    """Return the system calls of a `SystemCallFilter=` without its tilde."""
    found: set[str] = set()
    for name in names.split():
        if not name.startswith("@"):
            found.add(name)
            continue
        told = subprocess.run(
            ["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True
        )
        members = [line.strip() for line in told.stdout.splitlines()[1:]]
        found |= calls(" ".join(each for each in members if each and not each.startswith("#")))
    return found


def allowed(unit: Path) -> set[str]:
    """Return the system calls that a unit lets its service make."""
    found: set[str] = set()
    for line in unit.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        if key == "SystemCallFilter":
            found = found - calls(value[1:]) if value.startswith("~") else found | calls(value)
    return found | calls("@default")


def confine(names: set[str]) -> None:
    """Let this process, and what it starts, make only these system calls."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(_REFUSE))
    for name in names:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number != _UNKNOWN:
            library.seccomp_rule_add(context, _ALLOW, number, 0)
    if library.seccomp_load(context):
        raise OSError("the filter cannot be loaded")


def main(arguments: list[str]) -> None:
    """See the module."""
    end = arguments.index("--")
    unit, *more = arguments[:end]
    confine(allowed(Path(unit)) - {name for name in more if name != "--without"})
    command = arguments[end + 1 :]
    os.execvp(command[0], command)  # noqa: S606 - that is what it is for


if __name__ == "__main__":
    main(sys.argv[1:])
