"""One module for each email service provider."""
