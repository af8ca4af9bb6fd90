"""The Markdown loader."""
