"""Postmark: its sender, and its webhook."""
