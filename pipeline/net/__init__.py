"""
Connect to the web: only to checked addresses, within limits of time and size.

An address that anybody may have written, an article's or one it links to, is asked through `client`: only hosts with
public addresses (`address_filter`), only over connections to what was checked (`connect`, `transport`), and never
longer than the limits allow (`deadline`).
"""
