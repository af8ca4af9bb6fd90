"""Sign-ups: who asked for a list, what was shown and sent to them, and what they answered."""
