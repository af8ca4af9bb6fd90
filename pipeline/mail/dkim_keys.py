"""Keys of DKIM: made, read, and published as a DNS record (RFC 6376 §3.6, RFC 8301, RFC 8463)."""

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
from pipeline.mail.dkim_signature import DkimKey

KeyType = Literal["rsa", "ed25519"]
PublicKey = RSAPublicKey | Ed25519PublicKey

LEAST_BITS = (
    1024  # RFC 8301 §3.2: shorter ones are not to be used, and verifiers do not look at them
)
ADVISED_BITS = (
    2048  # RFC 8301 §3.2, and Gmail's advice (support.google.com/a/answer/174124, 2026-03)
)
MOST_BITS = 4096  # RFC 8301 §3.2: verifiers need not take longer ones
STRING_CHARACTERS = 255  # one string of a TXT record (RFC 1035 §3.3.14)


def make_key(kind: KeyType, *, bits: int = ADVISED_BITS) -> bytes:
    """Return a new private key as PEM (PKCS #8), not encrypted."""
    made: RSAPrivateKey | Ed25519PrivateKey
    if kind == "rsa":
        made = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    else:
        made = ed25519.Ed25519PrivateKey.generate()
    return made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def read_key(written: bytes, *, selector: str, where: str) -> DkimKey:
    """
    Read a private key: PEM, also with its line ends written as `\\n`, or the base64 of its DER alone.

    Args:
        where: The file or variable it came from, for messages; the key itself is never shown.

    Raises:
        ConfigError: It is no key that DKIM can use.
    """
    try:
        key = _parsed(written.replace(b"\\n", b"\n").strip())
    except TypeError:
        raise ConfigError(
            f"{where}: the key is encrypted. Write it without a passphrase: openssl pkey -in KEY -out NEW."
        ) from None
    except (ValueError, UnsupportedAlgorithm, binascii.Error):
        # The library's own words are left out: they may quote what was read.
        raise ConfigError(
            f"{where}: there is no private key in PEM form. Make one: handbill dkim keygen."
        ) from None
    if isinstance(key, Ed25519PrivateKey):
        return DkimKey(selector=selector, private=key)
    if not isinstance(key, RSAPrivateKey):
        raise ConfigError(
            f"{where}: DKIM knows RSA and Ed25519 keys, this is another kind. Make one: handbill dkim keygen."
        )
    if not LEAST_BITS <= key.key_size <= MOST_BITS:
        raise ConfigError(
            f"{where}: the RSA key has {key.key_size} bits; {LEAST_BITS} to {MOST_BITS} can be verified (RFC 8301). "
            "Make one: handbill dkim keygen."
        )
    return DkimKey(selector=selector, private=key)


def record(key: DkimKey) -> str:
    """Return the text to publish for *key* at `SELECTOR._domainkey.DOMAIN`."""
    public = key.private.public_key()
    kind = "rsa" if isinstance(public, RSAPublicKey) else "ed25519"
    return f"v=DKIM1; k={kind}; p={base64.b64encode(public_octets(public)).decode()}"


def public_octets(key: PublicKey) -> bytes:
    """Return what `p=` holds in base64: a SubjectPublicKeyInfo, or the bare octets of Ed25519 (RFC 8463 §4.2)."""
    if isinstance(key, Ed25519PublicKey):
        return key.public_bytes_raw()
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def zone_line(name: str, text: str) -> str:
    """Return the TXT record *text* of *name* as a line of a zone file, in strings of at most 255 characters."""
    strings = [text[i : i + STRING_CHARACTERS] for i in range(0, len(text), STRING_CHARACTERS)]
    quoted = " ".join(f'"{_escaped(string)}"' for string in strings)
    return f"{name}. IN TXT {f'( {quoted} )' if len(strings) > 1 else quoted}"


def _parsed(written: bytes) -> object:
    if written.startswith(b"-----BEGIN"):
        return serialization.load_pem_private_key(written, password=None)
    octets = base64.b64decode(b"".join(written.split()), validate=True)
    return serialization.load_der_private_key(octets, password=None)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
