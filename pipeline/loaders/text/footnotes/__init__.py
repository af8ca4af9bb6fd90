"""Notes in plain text: find them, match them with their references, extract them."""
