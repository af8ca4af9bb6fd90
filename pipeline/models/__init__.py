"""Frozen dataclasses that stages hand to each other; no I/O."""
