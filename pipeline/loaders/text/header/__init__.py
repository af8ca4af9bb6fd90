"""Read the header block of copied text: title, subtitle, byline and date, and the boilerplate around them."""
