"""Subscriber files: their kind, encoding, delimiter and header."""
