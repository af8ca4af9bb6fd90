"""
SMTP: send messages to a relay over a few connections that stay open.

1. `settings` describes the relay, `presets` the well-known ones.
2. `open_connection` opens a connection with smtplib (greeting, TLS, `authentication`) and returns its socket.
3. `protocol` sends messages over that socket, one after another, pipelined where the server supports it.
4. `pool` keeps the connections, reopens them, and waits for all of them at once.
5. `delivery`, one for each call of `send()`, passes messages to free connections and yields receipts.
6. `smtp_sender` reads the options and puts the rest together.

All sockets are non-blocking and served by the caller's one thread: in Python, threads would wait for the interpreter's
lock longer than for the server. Only opening a connection, which takes many round trips, has a thread of its own.
"""

from pipeline.senders.smtp.settings import Timeouts
from pipeline.senders.smtp.smtp_sender import SmtpSender

__all__ = ["SmtpSender", "Timeouts"]
