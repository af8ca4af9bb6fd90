"""Extract the notes of plain text: find them, match them with their references, remove both from the text."""
