"""Mailjet: its sender, and its webhook."""
