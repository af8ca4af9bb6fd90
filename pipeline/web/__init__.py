"""The local web preview."""
