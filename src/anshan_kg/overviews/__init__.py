"""
Many things of one sort at a glance: promises, contradictions, sources, positions.

Rows of look-ups in, values out, in both languages; who shows them chooses one. What a claim rests on
is told by `Evidence`, which is looked up beside them.
"""
