"""Recognize and remove what surrounds an article on a pasted page."""
