"""Tests: sentences about what the project does, over its real data."""
