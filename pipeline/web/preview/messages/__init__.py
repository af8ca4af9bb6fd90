"""One message: how it looks, what it contains, and how two versions differ."""
