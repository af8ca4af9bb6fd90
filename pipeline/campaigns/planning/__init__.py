"""Plan campaigns: what is sent to whom and when."""
