"""Pages: the local preview."""
