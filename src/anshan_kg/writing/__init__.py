"""
Change a dataset on disk: one writer, checked before anybody sees it, durable before it is answered.

A request goes from the web process to a steward, which handles one after another. The steward holds
no data; it has three kinds of processes, all of which may be killed at any moment:

- the *writer* has the store open, the only process that has, and applies the change to it;
- a *look* reads texts that use LOAD or SERVICE, in a process without sockets;
- a *judge* runs the SHACL shapes on what the change touches.

Only when all have agreed, the writer lets the new state count, which is one file replaced. Whatever
goes wrong before, the writer is thrown away, and the next one starts from the state that counts.

- `updates`: the text of an update: its operations, its dataset, what it may not hold
- `changes`: a request carried out on a store, and what it touched
- `judging`: what shapes have to see of that, and what they say
- `steward`: the processes
- `client`: what the web service calls
- `tokens`: who may write
- `bulk`: whole files in and out, with nobody else at work
"""

from anshan_kg.writing.client import Who, Writer, Written
from anshan_kg.writing.tokens import Token, TokenFile

__all__ = ["Token", "TokenFile", "Who", "Writer", "Written"]
