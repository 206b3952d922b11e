"""
Which things of the graph names in somebody's table mean: the Reconciliation Service API as values.

- `model`: what is asked and what is answered
- `asking`: JSON of a client to values, with what is wrong with it
- `catalogue`: the things, classes and properties there are
- `answering`: candidates with scores, from the matching core, codes and sounds
- `extending`: values of properties for things that were found
- `service`: all of it on one graph
- `table`: the rows of a table again, with what their names mean

By https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/.
"""

from anshan_kg.reconciling.model import Ask, Candidate, Given, Value, Wanted
from anshan_kg.reconciling.service import Reconciliation

__all__ = ["Ask", "Candidate", "Given", "Reconciliation", "Value", "Wanted"]
