"""What subscribers change themselves, and confirm by a link in a message."""
