"""Rows of a subscriber file, and the values in them."""
