"""Senders for email service providers, one module each."""
