"""What the web process tells a steward when it starts one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Orders:
    """
    How a steward is to work.

    Attributes:
        data: The data directory.
        root: Working tree with the shapes; None for the packaged one.
        seconds: What a change may take, and judging it.
        megabytes: What either may use.
    """

    data: str
    root: str | None
    seconds: float
    megabytes: int
