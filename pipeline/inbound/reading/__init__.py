"""Say what a message is, in bounded time and memory; `read_message()` is the way in."""
