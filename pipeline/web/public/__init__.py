"""
The public web service: answers the links in messages, for anybody who has one.

A token in the URL is the authority; there are no cookies, no sessions and no scripts. A GET changes nothing: scanners
open every link. Unlike the preview, it is meant for the internet, behind a reverse proxy.
"""
