"""The header block of copied text: title, subtitle, byline, date, and the boilerplate around them."""
