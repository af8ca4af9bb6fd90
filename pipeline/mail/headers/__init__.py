"""Header fields of a message."""
