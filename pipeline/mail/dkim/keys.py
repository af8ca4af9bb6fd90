"""DKIM keys: generate, read and publish them as a DNS record (RFC 6376 §3.6, RFC 8301, RFC 8463)."""

from __future__ import annotations

import base64
import binascii
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from pipeline.errors import ConfigError
from pipeline.mail.dkim.signature import DkimKey

KeyType = Literal["rsa", "ed25519"]
PublicKey = RSAPublicKey | Ed25519PublicKey

MIN_RSA_BITS = 1024  # RFC 8301 §3.2: shorter keys must not be used, and verifiers ignore them
#: RFC 8301 §3.2, and Gmail's advice (support.google.com/a/answer/174124, 2026-03).
RECOMMENDED_RSA_BITS = 2048
MAX_RSA_BITS = 4096  # RFC 8301 §3.2: verifiers need not support longer ones
_STRING_CHARACTERS = 255  # one string of a TXT record (RFC 1035 §3.3.14)


def generate_key(kind: KeyType, *, bits: int = RECOMMENDED_RSA_BITS) -> bytes:
    """Return a new private key as PEM (PKCS #8), not encrypted."""
    key: RSAPrivateKey | Ed25519PrivateKey
    if kind == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    else:
        key = ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def read_key(content: bytes, *, selector: str, source: str) -> DkimKey:
    """
    Parse a private key: PEM, possibly with its line ends written as `\\n`, or the bare base64 of its DER.

    Args:
        source: The file or variable it comes from, for error messages; the key itself is never shown.

    Raises:
        ConfigError: It is not a key that DKIM can use.
    """
    try:
        key = _parse_private_key(content.replace(b"\\n", b"\n").strip())
    except TypeError:
        raise ConfigError(
            f"{source}: the key is encrypted. Save it without a passphrase: openssl pkey -in KEY -out NEW."
        ) from None
    except (ValueError, UnsupportedAlgorithm, binascii.Error):
        # The library's own message is omitted: it may quote the content.
        raise ConfigError(
            f"{source}: no private key in PEM format found. Create one: handbill dkim keygen."
        ) from None
    if isinstance(key, Ed25519PrivateKey):
        return DkimKey(selector=selector, private=key)
    if not isinstance(key, RSAPrivateKey):
        raise ConfigError(
            f"{source}: this is neither an RSA nor an Ed25519 key, and DKIM supports no others. "
            "Create one: handbill dkim keygen."
        )
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise ConfigError(
            f"{source}: the RSA key has {key.key_size} bits; DKIM allows {MIN_RSA_BITS} to {MAX_RSA_BITS} (RFC 8301). "
            "Create one: handbill dkim keygen."
        )
    return DkimKey(selector=selector, private=key)


def format_dkim_record(key: DkimKey) -> str:
    """Return the text of the DNS record for *key*, to be published at `SELECTOR._domainkey.DOMAIN`."""
    public = key.private.public_key()
    kind = "rsa" if isinstance(public, RSAPublicKey) else "ed25519"
    return f"v=DKIM1; k={kind}; p={base64.b64encode(encode_public_key(public)).decode()}"


def encode_public_key(key: PublicKey) -> bytes:
    """Return what `p=` holds in base64: a SubjectPublicKeyInfo, or the raw bytes of Ed25519 (RFC 8463 §4.2)."""
    if isinstance(key, Ed25519PublicKey):
        return key.public_bytes_raw()
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def format_zone_line(name: str, text: str) -> str:
    """Return a TXT record as a line of a zone file, in strings of at most 255 characters."""
    escaped = (
        text[i : i + _STRING_CHARACTERS].replace("\\", "\\\\").replace('"', '\\"')
        for i in range(0, len(text), _STRING_CHARACTERS)
    )
    quoted = " ".join(f'"{string}"' for string in escaped)
    return f"{name}. IN TXT {f'( {quoted} )' if len(text) > _STRING_CHARACTERS else quoted}"


def _parse_private_key(content: bytes) -> object:
    if content.startswith(b"-----BEGIN"):
        return serialization.load_pem_private_key(content, password=None)
    der = base64.b64decode(b"".join(content.split()), validate=True)
    return serialization.load_der_private_key(der, password=None)
