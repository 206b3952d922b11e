"""Derived values are made once, and never outlive what they were made of."""

from __future__ import annotations

import threading

from anshan_kg.derived import Deriving, derived


class Thing(Deriving):
    def __init__(self) -> None:
        super().__init__()
        self.data, self.made = "old", 0
        self.reading, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    @derived
    def value(self) -> str:
        """What the data says."""
        self.made += 1
        found = self.data
        self.reading.set()
        self.go_on.wait(5)
        return found


def test_a_value_is_made_once_until_it_is_forgotten():
    thing = Thing()
    assert (thing.value, thing.value, thing.made) == ("old", "old", 1)
    thing.data = "new"
    assert thing.value == "old"
    thing.forget()
    assert (thing.value, thing.made) == ("new", 2)
    assert Thing.value.__doc__ == "What the data says."


def test_what_was_being_made_while_the_data_changed_is_not_kept():
    thing, told = Thing(), []
    thing.go_on.clear()
    slow = threading.Thread(target=lambda: told.append(thing.value))
    slow.start()
    assert thing.reading.wait(5)
    thing.data = "new"
    thing.forget()
    thing.go_on.set()
    slow.join()
    assert told == ["old"]
    assert thing.value == "new"
