"""Send and schedule campaigns from the preview, and list them."""
