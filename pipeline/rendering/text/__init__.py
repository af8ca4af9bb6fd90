"""Write the text part."""
