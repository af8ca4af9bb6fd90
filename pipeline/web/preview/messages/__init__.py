"""One message: how it looks, what it contains, what has changed."""
