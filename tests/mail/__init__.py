"""Tests of composing: from an edition and a recipient to the bytes that are sent."""
