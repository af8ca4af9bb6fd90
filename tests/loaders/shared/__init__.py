"""What the loaders of several formats share."""
