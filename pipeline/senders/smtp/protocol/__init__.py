"""
The SMTP protocol over one socket.

`connection` sends messages one after another; `command_queue` matches each reply to its command; `transaction` is one
message with its commands and receipt; `replies` parses replies; `socket_io` reads and writes without blocking.
"""
