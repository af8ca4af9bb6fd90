"""Figures measured side by side; nothing is asserted of a time. Run by `make bench`."""
