"""SparkPost: its sender, and its webhook."""
