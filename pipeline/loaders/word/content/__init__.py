"""What Word writes beyond paragraphs and runs, as text that mammoth reads."""
