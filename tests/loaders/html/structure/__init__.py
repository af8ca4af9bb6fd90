"""Structure that a page gives only by styles and classes."""
