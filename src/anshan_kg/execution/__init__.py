"""
Run queries: in this process for people's own, in processes of their own for strangers'.

The engine cannot be interrupted, follows SERVICE anywhere, and knows no memory bound. So a
stranger's query first passes `gate`, which refuses what would leave the graph, and then runs in a
worker that is killed at its deadline or memory bound and cannot open a file or a socket.

- `engine`: a query to an answer, in this process
- `tables`: how many rows a written table has, and the first of them
- `faults`: what is wrong with a text that is not SPARQL
- `gate`: what may run at all
- `worker`: the loop of one disposable process
- `zygote`: the process that holds the data and forks workers from itself
- `spawn`: the same where a process cannot be forked
- `budget`: whose turn it is, and how much query time a client has left
- `egress`: the one way out, for services that the operator lists
- `workers`: a bounded number of those processes, and how they are waited for
- `pool`: what the web service calls: queries, sent to workers that hold the data
- `runner`: the calls of the pool that anything else that runs queries has too
"""

from anshan_kg.execution.engine import evaluate
from anshan_kg.execution.pool import Outcome, QueryPool
from anshan_kg.execution.runner import Runner
from anshan_kg.execution.source import Limits

__all__ = ["Limits", "Outcome", "QueryPool", "Runner", "evaluate"]
