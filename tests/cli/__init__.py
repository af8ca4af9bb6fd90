"""Tests of the command line, in this process; `tests/journey` runs it as a person would."""
