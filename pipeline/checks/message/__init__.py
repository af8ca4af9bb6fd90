"""Checks of a composed message: its size, its headers and its spam score."""
