"""What several commands share: options, help, output, completion, progress."""
