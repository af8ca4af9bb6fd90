"""Mailgun: its sender, and its webhook."""
