"""The routes of the preview."""
