"""Values that are made of other data when they are first asked for, and forgotten together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Deriving:
    """
    What has values derived by `derived`; safe to use from several threads.

    What is still being made when it is to be forgotten goes to who asked for it and is not kept, so
    that nobody is answered from old data for longer than that.
    """

    def __init__(self) -> None:
        self._derived: dict[str, Any] = {}

    def forget(self) -> None:
        """Forget all derived values, as what they were made of has changed."""
        self._derived = {}


class derived(Generic[T]):  # noqa: N801 - used as a decorator, as `property` is
    """A property whose value is kept until it is forgotten."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make, self.__doc__ = make, make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn under which name it is kept."""
        self._name = name

    @overload
    def __get__(self, thing: None, owner: type) -> derived[T]: ...
    @overload
    def __get__(self, thing: Deriving, owner: type) -> T: ...
    def __get__(self, thing: Deriving | None, owner: type) -> T | derived[T]:
        """Return the value, made now if it is not kept."""
        if thing is None:
            return self
        kept = thing._derived  # noqa: SLF001 - the two are one; whoever forgets replaces it whole
        if self._name not in kept:
            kept[self._name] = self._make(thing)
        value: T = kept[self._name]
        return value
