"""
Exploring the graph from thing to thing: what there is beside one, pictures that grow, ways between two.

An edge is a relation between two things, however many claims say it: the same edges that the view
"everything" draws and exports. Claims, passages and documents are not things of the picture; they
stand behind an edge. A value from a plain list of words (a status, a kind of ownership, a role, a
mining method) is a property of a thing and not a neighbour, since it would join what has nothing to
do with each other.
"""

from anshan_kg.exploring.asked import read, write
from anshan_kg.exploring.explorer import Explorer
from anshan_kg.exploring.values import Edge, Group, Node, Picture, Step, Way, Wish

__all__ = ["Edge", "Explorer", "Group", "Node", "Picture", "Step", "Way", "Wish", "read", "write"]
