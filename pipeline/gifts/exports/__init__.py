"""The CSV exports of donation processors: their formats, and how they are read."""
