"""Brevo: its sender, and its webhook."""
