"""Tests; see docs/contributing.md."""
