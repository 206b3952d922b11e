"""What is found about a pair while it is compared, and the two thresholds that decide on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anshan_kg.linking.reasons import reason
from anshan_kg.linking.record import Decision

if TYPE_CHECKING:
    from anshan_kg.linking.record import Reason

ACCEPT, REVIEW = 0.85, 0.60
"""From which scores on a match is taken, and from which a person has to look."""


@dataclass
class Verdict:
    """What was found so far about a pair."""

    score: float = 0.0
    relation: str = "exact"
    reasons: list[Reason] = field(default_factory=list)

    def add(self, code: str, weight: float, *values: object) -> None:
        """Add a reason that moves the score."""
        self.score += weight
        self.reasons.append(reason(code, weight, *values))

    def cap(self, code: str, most: float, *values: object) -> None:
        """Add a reason that allows no more than so much."""
        weight = min(0.0, most - self.score)
        self.score += weight
        self.reasons.append(reason(code, weight, *values))


def decide(score: float) -> Decision:
    """Return what the two thresholds make of a score."""
    if score >= ACCEPT:
        return Decision.ACCEPT
    return Decision.REVIEW if score >= REVIEW else Decision.REJECT
