"""The text loader."""
