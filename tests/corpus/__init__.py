"""Tests over the corpus of hand-checked articles."""
