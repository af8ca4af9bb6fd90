"""Resend: its sender, and its webhook."""
