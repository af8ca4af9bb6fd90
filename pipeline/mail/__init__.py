"""
Compose: from an edition and a recipient to the bytes that travel.

1. `values` fills in fields and escapes them for their place.
2. `quoted_printable` encodes the texts in pieces, `plates` cuts them at their fields.
3. `headers`, `encoded_words` and `list_headers` write the header, `mime` the structure.
4. `wordings` tells which readers get the same choices.
5. `press` keeps what is the same for all readers and joins the rest to it.
6. `dkim` signs the result with the keys that `dkim_keys` read.
7. `rules` looks at it.

`signing_anew` signs a finished message for another sender or a later day.
"""

from pipeline.mail.composer import TEST_MARK, Press, compose, encode
from pipeline.mail.dkim_signature import UNSIGNED, DkimKey, Signer, Signing
from pipeline.mail.field_values import fill
from pipeline.mail.lint import lint
from pipeline.mail.resign import sign_anew

__all__ = [
    "TEST_MARK",
    "UNSIGNED",
    "DkimKey",
    "Press",
    "Signer",
    "Signing",
    "compose",
    "encode",
    "fill",
    "lint",
    "sign_anew",
]
