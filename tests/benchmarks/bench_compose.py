"""
Composing 40 kB messages: a composer next to `EmailMessage` and Jinja2 per recipient, on one core.

Both sides write the same two texts for the same readers; that they do is looked at before anything is timed. Signed
messages are measured beside the bare signatures of the library underneath, which nothing can be faster than, and beside
dkimpy; dkimpy verifies what both write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime

import dkim
from cryptography.hazmat.primitives import serialization
from jinja2 import Environment

from pipeline.mail import UNSIGNED, Composer, DkimKey, Signer, Signing
from pipeline.mail.dkim.keys import format_dkim_record, generate_key, read_key
from pipeline.models.address import Address
from pipeline.models.edition import Edition, Field, FieldContext, LiteralText
from pipeline.models.publication import Publication
from pipeline.models.recipient import Recipient
from tests.benchmarks.figures import Figure, in_turns

READERS = 20_000
ROUNDS = 3
READERS_OF_PEER = 150  # it takes milliseconds for each
READERS_SIGNED = 3_000
READERS_OF_DKIMPY = 60  # as above
DOMAIN = "ferry.example.org"
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
CAMPAIGN = "2026-03-02-bench"
LEAVE = "https://ferry.example.org/leave/"

_SENTENCE = "The keeper wrote “naïve” in the margin, and the ferry left at six – as it always had. "
_PARAGRAPH = (
    '<p style="margin:0 0 16px;font-family:Georgia,serif;font-size:18px">'
    + _SENTENCE * 5
    + "</p>\n"
)
_HTML = (
    "<!doctype html><html><body><p>Dear ",
    ",</p>\n" + _PARAGRAPH * 48 + f'<p><a href="{LEAVE}',
    '">Leave</a></p></body></html>\n',
)
_TEXT = ("Dear ", ",\n\n" + (_SENTENCE + "\n") * 70 + LEAVE, "\n")
_SUBJECT = "The ferry, the bell and {{ name }}"

_PUBLICATION = Publication(
    name="The Ferry",
    sender=Address(email="news@ferry.example.org", name="The Ferry"),
    reply_to=Address(email="desk@ferry.example.org"),
    unsubscribe="mailto:leave@ferry.example.org",
    unsubscribe_url=LEAVE + "{token}",
)


def figures() -> list[Figure]:
    """Measure composing, with and without signatures."""
    measured, signed = run(), run_signed()
    size = f"{measured['message_bytes'] / 1000:.0f} kB"
    return [
        Figure(
            what=f"compose {size} messages, no DKIM",
            value=measured["messages_per_s"],
            unit="per s",
            bar=20_000,
            is_rate=True,
            peer="EmailMessage + Jinja2 per recipient",
            peer_value=measured["email_message_jinja2_per_s"],
            least_ratio=100,
        ),
        Figure(
            what=f"compose {size} messages and sign them, RSA-2048",
            value=signed["rsa_per_s"],
            unit="per s",
            bar=1_000,
            is_rate=True,
            peer="bare RSA-2048 signatures",
            peer_value=signed["bare_rsa_per_s"],
            least_ratio=0.6,
        ),
        Figure(
            what="the same, RSA-2048 and Ed25519",
            value=signed["both_per_s"],
            unit="per s",
            bar=1_000,
            is_rate=True,
            peer="one RSA-2048 signature by dkimpy",
            peer_value=signed["dkimpy_per_s"],
            least_ratio=10,
        ),
    ]


def run() -> dict[str, float]:
    """Return messages per second of both, their ratio, and the size of a message."""
    people = _readers(READERS)
    ours, peers = _composer(), _email_message()
    _compare(ours, peers, people[:8])
    seconds, peer_seconds = in_turns(
        lambda: _all(ours, people), lambda: _all(peers, people[:READERS_OF_PEER]), rounds=ROUNDS
    )
    rate, peer_rate = READERS / seconds, READERS_OF_PEER / peer_seconds
    return {
        "message_bytes": float(len(ours(1, people[0]))),
        "messages_per_s": rate,
        "email_message_jinja2_per_s": peer_rate,
        "ratio": rate / peer_rate,
    }


def run_signed() -> dict[str, float]:
    """Return messages per second composed and signed, with one key and with two, and those of the peers."""
    people = _readers(READERS_SIGNED)

    rsa = read_key(generate_key("rsa"), selector="rsa", source="the benchmark")
    ed25519 = read_key(generate_key("ed25519"), selector="ed", source="the benchmark")
    one, two, theirs = _composer([rsa]), _composer([rsa, ed25519]), _dkimpy(rsa)
    for compose in (one, two, theirs):
        _verify(compose(1, people[0]), [rsa, ed25519])
    once = b"x" * 1000  # about what a signed header comes to
    seconds = in_turns(
        lambda: _all(one, people),
        lambda: [rsa.sign(once) for _ in people],
        lambda: _all(two, people),
        lambda: _all(theirs, people[:READERS_OF_DKIMPY]),
        rounds=ROUNDS,
    )
    counts = (READERS_SIGNED, READERS_SIGNED, READERS_SIGNED, READERS_OF_DKIMPY)
    names = ("rsa_per_s", "bare_rsa_per_s", "both_per_s", "dkimpy_per_s")
    return {name: count / taken for name, count, taken in zip(names, counts, seconds, strict=True)}


def _composer(keys: Sequence[DkimKey] = ()) -> Callable[[int, Recipient], bytes]:
    signing = Signing(signer=Signer(DOMAIN, keys)) if keys else UNSIGNED
    composer = Composer(_edition(), campaign_id=CAMPAIGN, secret=b"bench", signing=signing)
    return lambda number, reader: composer.compose(reader, sequence=number, at=AT).content


def _dkimpy(key: DkimKey) -> Callable[[int, Recipient], bytes]:
    """Return what composes as we do, and is signed by dkimpy."""
    unsigned = _composer()
    old_form = key.private.private_bytes(  # the only one it reads
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )

    def compose(number: int, reader: Recipient) -> bytes:
        content = unsigned(number, reader)
        canonicalize = (b"relaxed", b"relaxed")
        signature: bytes = dkim.sign(
            content, b"rsa", DOMAIN.encode(), old_form, canonicalize=canonicalize
        )
        return signature + content

    return compose


def _verify(content: bytes, keys: Sequence[DkimKey]) -> None:
    records = {
        f"{key.selector}._domainkey.{DOMAIN}.": format_dkim_record(key).encode() for key in keys
    }
    if not dkim.verify(content, dnsfunc=lambda name, timeout=5: records[name.decode()]):
        raise AssertionError("dkimpy does not accept the signature")


def _email_message() -> Callable[[int, Recipient], bytes]:
    environment = Environment(autoescape=True, keep_trailing_newline=True)
    page = environment.from_string("{{ name }}".join(_HTML[:2]) + "{{ token }}" + _HTML[2])
    plain = Environment(autoescape=False, keep_trailing_newline=True)
    text = plain.from_string("{{ name }}".join(_TEXT[:2]) + "{{ token }}" + _TEXT[2])
    subject = plain.from_string(_SUBJECT)

    def compose(number: int, reader: Recipient) -> bytes:
        values = {"name": reader.address.name, "token": reader.token}
        message = EmailMessage(policy=policy.SMTP)
        message["From"] = "The Ferry <news@ferry.example.org>"
        message["To"] = f"{reader.address.name} <{reader.address.email}>"
        message["Subject"] = subject.render(values)
        message["Date"] = format_datetime(AT)
        message["Message-ID"] = f"<{number}@ferry.example.org>"
        message["List-Unsubscribe"] = f"<{LEAVE}{reader.token}>"
        message["Precedence"] = "bulk"
        message.set_content(text.render(values), cte="quoted-printable")
        message.add_alternative(page.render(values), subtype="html", cte="quoted-printable")
        return message.as_bytes()

    return compose


def _edition() -> Edition:
    def name(place: FieldContext) -> Field:
        return Field(name="name", fallback=None, context=place)

    def token(place: FieldContext) -> Field:
        return Field(name="unsubscribe_token", fallback=None, context=place)

    html, text = ([LiteralText(text=words) for words in part] for part in (_HTML, _TEXT))
    return Edition(
        publication=_PUBLICATION,
        title="The ferry",
        language="en",
        direction="ltr",
        subject=(LiteralText(text=_SUBJECT.partition("{")[0]), name(FieldContext.HEADER)),
        html=(
            html[0],
            name(FieldContext.HTML_TEXT),
            html[1],
            token(FieldContext.HTML_URL),
            html[2],
        ),
        text=(text[0], name(FieldContext.TEXT), text[1], token(FieldContext.TEXT_URL), text[2]),
        list_id="news.ferry.example.org",
    )


def _readers(count: int) -> list[Recipient]:
    names = ("Ada Byron", "Zoë Åström", "Tom & Jerry", "नमस्ते दुनिया")
    return [
        Recipient(
            address=Address(email=f"reader{number}@example.org", name=names[number % len(names)]),
            token=f"{number:x}".rjust(39, "k"),
        )
        for number in range(count)
    ]


def _compare(
    ours: Callable[[int, Recipient], bytes],
    peers: Callable[[int, Recipient], bytes],
    readers: list[Recipient],
) -> None:
    for reader in readers:
        mine, theirs = _texts(ours(1, reader)), _texts(peers(1, reader))
        if mine != theirs:
            raise AssertionError(f"{reader.address}: the two sides do not write the same")


def _texts(content: bytes) -> list[str]:
    message = message_from_bytes(content, policy=policy.default)
    parts = [part.get_content() for part in message.walk() if not part.is_multipart()]
    return [message["Subject"], *(part.replace("\r\n", "\n") for part in parts)]


def _all(compose: Callable[[int, Recipient], bytes], readers: list[Recipient]) -> None:
    for number, reader in enumerate(readers, 1):
        compose(number, reader)
