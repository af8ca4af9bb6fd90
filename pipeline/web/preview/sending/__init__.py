"""Send and schedule from the preview."""
