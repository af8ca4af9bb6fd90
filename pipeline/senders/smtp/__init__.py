"""
SMTP: hand messages to a relay, many at a time over a few warm connections.

1. `settings` says where to and how, `presets` knows the well-known relays.
2. `connecting` opens a connection by smtplib: greeting, TLS, `authentication`; it returns the socket.
3. `conversation` drives that socket: one message after the other, pipelined where the server offers it, each reply
   matched to its command. `wire` moves the octets, `replies` reads them, `transaction` turns them into receipts.
4. `pool` keeps the connections, opens them again, and waits for all of them at once.
5. `call`, one for each call of `send()`, takes messages for whichever connection has room, and yields receipts.
6. `sender` reads the options and binds the rest together.

All sockets are driven by the caller's one thread, without blocking: in Python, threads would wait for the interpreter's
lock more than for the server. Only opening a connection, which takes many round trips, has a thread of its own.
"""

from pipeline.senders.smtp.settings import Timeouts
from pipeline.senders.smtp.smtp_sender import SmtpSender

__all__ = ["SmtpSender", "Timeouts"]
