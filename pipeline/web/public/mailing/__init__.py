"""The messages that the public service sends, each to one recipient, because somebody asked for it."""
