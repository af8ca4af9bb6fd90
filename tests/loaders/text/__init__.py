"""The HTML loader."""
