"""Amazon SES: its sender, and its webhook."""
