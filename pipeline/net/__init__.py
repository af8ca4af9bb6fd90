"""
Net: how this machine speaks to the web, and to what of it.

An address that anybody may have written, an article's or one it links to, is asked through `client`: only hosts with
public addresses (`guard`), only over connections to what was checked (`dial`, `transport`), and never longer than the
limits allow (`deadline`).
"""
