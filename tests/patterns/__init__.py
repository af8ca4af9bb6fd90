"""Tests of the cost of every regular expression."""
