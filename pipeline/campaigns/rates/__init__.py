"""Rate limits, warm-up, quiet hours, retries and the failure threshold."""
