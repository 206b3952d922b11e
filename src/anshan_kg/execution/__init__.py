"""TEMPORARY until the real one is here."""
import re
import pyoxigraph as ox
from anshan_kg.model import Table, Graph
from anshan_kg.errors import QueryError
from . import gate
def evaluate(engine, text):
    try: r=engine.query(text)
    except SyntaxError as e:
        m=re.search(r'error at (\d+):(\d+)',str(e)); raise QueryError(str(e).splitlines()[0],*(map(int,m.groups()) if m else (None,None))) from e
    if isinstance(r,ox.QueryBoolean): return bool(r)
    if isinstance(r,ox.QueryTriples): return Graph(frozenset(r))
    cols=tuple(v.value for v in r.variables)
    return Table(cols,tuple(tuple(row[c] for c in cols) for row in r))
