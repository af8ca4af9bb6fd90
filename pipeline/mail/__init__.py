"""
Compose messages: from an edition and a recipient to the bytes that are sent.

1. `field_values` looks up the values of fields and escapes them for their place.
2. `encoded_variant` encodes the texts once for all recipients who get the same choices, with `quoted_printable`.
3. `headers/` writes the header fields, `mime` the multipart structure.
4. `composer` joins what is the same for everyone with what belongs to one recipient.
5. `dkim/` signs the result.
6. `lint` checks it against the standards before it is sent.

`replace_signatures()` signs a finished message again, for another sender or a later date.
"""

from pipeline.mail.composer import TEST_PREFIX, Composer, compose
from pipeline.mail.dkim.signature import UNSIGNED, DkimKey, Signer, Signing, replace_signatures
from pipeline.mail.edition_constants import fill_constants
from pipeline.mail.field_values import fill_fields
from pipeline.mail.lint import check_standards

__all__ = [
    "TEST_PREFIX",
    "UNSIGNED",
    "Composer",
    "DkimKey",
    "Signer",
    "Signing",
    "check_standards",
    "compose",
    "fill_constants",
    "fill_fields",
    "replace_signatures",
]
