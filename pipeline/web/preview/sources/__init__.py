"""What the preview can open: articles, campaigns, saved messages."""
