"""SendGrid: its sender, and its webhook."""
