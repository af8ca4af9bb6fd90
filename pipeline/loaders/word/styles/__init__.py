"""What styles and lists say of a paragraph."""
