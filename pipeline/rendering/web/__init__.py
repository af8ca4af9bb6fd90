"""Render the document of an issue for the web: its page, and its entry in a feed."""
