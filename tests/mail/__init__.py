"""Tests of composing: from an edition and a reader to the bytes that travel."""
