"""Worker processes: what is due, feeds, heartbeats and locks."""
