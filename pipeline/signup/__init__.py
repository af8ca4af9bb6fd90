"""
Sign-up with double opt-in: anybody may type any address, and nobody gets more than one message for it.

Whoever signs up sees the same page in the same time, whatever the store knows of their address: a request only stores
what was typed. What is sent is decided afterwards: a question to who is new, a link to who is a subscriber already,
nothing to who left, is suppressed, said “No thanks”, or got such a message lately.
"""
