"""Senders for email service providers, a folder each."""
