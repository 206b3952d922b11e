"""`python -m anshan_kg` is the same as `anshan-kg`."""

from anshan_kg.cli import main

main()
