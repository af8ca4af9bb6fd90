"""
What subscribers decide about themselves by the link in a message: their lists, a pause, their address, their data.

Whoever has the link may have it from a forwarded copy. So it shows no address and no data, and everything it changes
can be undone; what shows or erases data needs a second link, which is sent to the subscriber's own address.
"""
