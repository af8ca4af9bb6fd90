"""
Compose: from an edition and a recipient to the bytes that travel.

1. `values` fills in fields and escapes them for their place.
2. `quoted_printable` encodes the texts in pieces, `plates` cuts them at their fields.
3. `headers`, `encoded_words` and `list_headers` write the header, `mime` the structure.
4. `press` keeps what is the same for all readers and joins the rest to it.
5. `rules` looks at the result.
"""

from pipeline.mail.press import Press, compose, encode
from pipeline.mail.rules import lint
from pipeline.mail.values import fill

__all__ = ["Press", "compose", "encode", "fill", "lint"]
