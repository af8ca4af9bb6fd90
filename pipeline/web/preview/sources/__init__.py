"""What the preview can open: articles, campaigns, and messages in folders."""
