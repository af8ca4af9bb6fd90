"""The outbox: every message becomes a file, and nobody is mailed."""
