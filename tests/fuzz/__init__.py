"""Hostile and broken input, made from good input by chance: see `python -m tests.fuzz --help`."""
