"""
Where messages come from: a Maildir, a mail server by LMTP, a mailbox by IMAP.

Nothing is deleted. A message is taken over only when it is recorded; whatever stops halfway is done again, and recorded
once.
"""
