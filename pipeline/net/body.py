"""
Decompress an answer while it arrives.

Done here and not by the client: a few kilobytes can stand for many gigabytes, so each step gives out a bounded piece
and stops when there is too much.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any

from pipeline.net.fetch_problem import Obstacle, size

_PIECE = 64 * 1024
#: Codings one upon another; two are a common mistake of servers, more are an attack.
_MAX_CODINGS = 3
#: Seen in the wild in place of a coding, and meaning none.
_NONE = frozenset({"", "identity", "none", "utf-8", "binary"})

Decoder = Callable[[Iterator[bytes]], Iterator[bytes]]

_DAMAGED = (
    "what arrived is damaged or cut off. Try again; "
    "if it stays so, save the page in a browser and load the file."
)
#: The byte a member of a gzip file begins with.
_GZIP = b"\x1f"


def accepted() -> str:
    """Return what may be asked for, as the header has it."""
    return ", ".join(name for name in _decoders() if not name.startswith("x-"))


def decoded(pieces: Iterable[bytes], coding: str, limit: int) -> bytes:
    """
    Return the body that arrives in *pieces*.

    Args:
        coding: The header Content-Encoding.
        limit: In bytes, of the body and of every step on the way to it.

    Raises:
        Obstacle: It is too large, damaged, cut off, or compressed in a way nobody asked for.
    """
    names = [name.strip().lower() for name in coding.split(",")]
    names = [name for name in names if name not in _NONE]
    if len(names) > _MAX_CODINGS:
        raise Obstacle("the answer is compressed several times over, as no honest server does.")
    decoders = _decoders()
    stream = _limited(pieces, limit)
    for name in reversed(names):
        if name not in decoders:
            raise Obstacle(
                f'the answer is compressed as "{name[:20]}", which was not asked for. '
                "Save the page in a browser and load the file."
            )
        stream = _limited(decoders[name](stream), limit)
    return b"".join(stream)


def _limited(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    count = 0
    for piece in pieces:
        count += len(piece)
        if count > limit:
            raise Obstacle(too_large(limit))
        yield piece


def too_large(limit: int) -> str:
    """Return the sentence for what exceeds *limit* bytes."""
    return f"it is larger than {size(limit)}. Name the page of the article itself."


def _decoders() -> dict[str, Decoder]:
    decoders: dict[str, Decoder] = {"gzip": _gunzip, "x-gzip": _gunzip, "deflate": _inflate}
    if _brotli() is not None:
        decoders["br"] = _unbrotli
    return decoders


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return _unzip(pieces, lambda _: 16 + zlib.MAX_WBITS, has_members=True)


def _inflate(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Decode "deflate": with the header of RFC 1950 as RFC 9110 wants it, or bare as some servers send it."""

    def bits(first: bytes) -> int:
        has_header = len(first) > 1 and first[0] & 15 == 8 and int.from_bytes(first[:2]) % 31 == 0
        return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS

    return _unzip(_at_least_two(pieces), bits, has_members=False)


def _unzip(
    pieces: Iterator[bytes], bits: Callable[[bytes], int], *, has_members: bool
) -> Iterator[bytes]:
    """
    Decode what zlib can.

    A gzip file may have several members. What follows the end without being one is passed over, as browsers do.
    """
    machine = None
    for rest in pieces:
        while rest:
            if machine is None:
                machine = zlib.decompressobj(bits(rest))
            elif machine.eof:
                if not has_members or rest[:1] != _GZIP:
                    break
                machine = zlib.decompressobj(bits(rest))
            yield _step(machine, rest)
            rest = machine.unused_data if machine.eof else machine.unconsumed_tail
    while machine is not None and not machine.eof:
        piece = _step(machine, b"")
        if not piece:
            raise Obstacle(_DAMAGED)
        yield piece


def _step(machine: Any, rest: bytes) -> bytes:  # Any: zlib does not name the type of its machines
    try:
        piece: bytes = machine.decompress(rest, _PIECE)
    except zlib.error as error:
        raise Obstacle(_DAMAGED) from error
    return piece


def _at_least_two(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Join the first bytes, if they come singly: it takes two to tell what they begin."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) > 1:
            yield head
            head = b""
            break
    if head:
        yield head
    yield from pieces


def _brotli() -> Any:  # Any: a library that may be absent and brings no types
    """Return the Brotli library if it is there and can stop in time."""
    try:
        library = import_module("brotli")
        library.Decompressor().process(b"", output_buffer_limit=1)
    except (ImportError, AttributeError, TypeError):
        return None
    return library


def _unbrotli(pieces: Iterator[bytes]) -> Iterator[bytes]:
    library = _brotli()
    machine = library.Decompressor()
    try:
        for piece in pieces:
            yield machine.process(piece, output_buffer_limit=_PIECE)
            while not machine.can_accept_more_data():
                yield machine.process(b"", output_buffer_limit=_PIECE)
    except library.error as error:
        raise Obstacle(_DAMAGED) from error
    if not machine.is_finished():
        raise Obstacle(_DAMAGED)
