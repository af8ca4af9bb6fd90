"""Title, subtitle, author and date of a document."""
