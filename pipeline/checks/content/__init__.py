"""Checks of what recipients read: subject, text, links, images, fields, appeal and footer."""
