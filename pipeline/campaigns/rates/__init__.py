"""Rate limits, warm-up, quiet hours, retries and failure thresholds."""
