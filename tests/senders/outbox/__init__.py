"""Tests of messages as files."""
