"""
Decompress a response while it arrives.

Done here rather than by the HTTP client: a few kilobytes can expand to many gigabytes, so each step yields a bounded
chunk and stops at the limit.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any

from pipeline.net.fetch_problem import FetchProblem, format_size

_CHUNK_BYTES = 64 * 1024
#: Nested codings; two are a common mistake of servers, more are an attack.
_MAX_CODINGS = 3
#: Seen in the wild instead of a coding, and meaning none.
_NONE = frozenset({"", "identity", "none", "utf-8", "binary"})

Decoder = Callable[[Iterator[bytes]], Iterator[bytes]]

_DAMAGED = (
    "the response is damaged or incomplete. Try again; "
    "if that does not help, save the page in a browser and load the file."
)
#: The first byte of a member of a gzip file.
_GZIP = b"\x1f"


def accept_encoding() -> str:
    """Return the value of the Accept-Encoding header."""
    return ", ".join(name for name in _decoders() if not name.startswith("x-"))


def decompress(chunks: Iterable[bytes], coding: str, limit: int) -> bytes:
    """
    Return the decompressed body that arrives in *chunks*.

    Args:
        coding: The Content-Encoding header.
        limit: In bytes, of the body and of every intermediate step.

    Raises:
        FetchProblem: It is too large, damaged, incomplete, or in a coding that was not requested.
    """
    names = [name.strip().lower() for name in coding.split(",")]
    names = [name for name in names if name not in _NONE]
    if len(names) > _MAX_CODINGS:
        raise FetchProblem(
            "the response is compressed more than three times, which no honest server does."
        )
    decoders = _decoders()
    stream = _limit_size(chunks, limit)
    for name in reversed(names):
        if name not in decoders:
            raise FetchProblem(
                f'the response is compressed as "{name[:20]}", which was not requested. '
                "Save the page in a browser and load the file."
            )
        stream = _limit_size(decoders[name](stream), limit)
    return b"".join(stream)


def _limit_size(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    count = 0
    for chunk in chunks:
        count += len(chunk)
        if count > limit:
            raise FetchProblem(too_large_message(limit))
        yield chunk


def too_large_message(limit: int) -> str:
    """Return the message for a page of more than *limit* bytes."""
    return f"it is larger than {format_size(limit)}. Give the address of the article itself."


def _decoders() -> dict[str, Decoder]:
    decoders: dict[str, Decoder] = {"gzip": _gunzip, "x-gzip": _gunzip, "deflate": _inflate}
    if _import_brotli() is not None:
        decoders["br"] = _unbrotli
    return decoders


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    return _unzip(chunks, lambda _: 16 + zlib.MAX_WBITS, has_members=True)


def _inflate(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress "deflate": with the header of RFC 1950 as RFC 9110 requires, or without as some servers send it."""

    def choose_window_bits(first: bytes) -> int:
        has_header = len(first) > 1 and first[0] & 15 == 8 and int.from_bytes(first[:2]) % 31 == 0
        return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS

    return _unzip(_join_first_two(chunks), choose_window_bits, has_members=False)


def _unzip(
    chunks: Iterator[bytes], bits: Callable[[bytes], int], *, has_members: bool
) -> Iterator[bytes]:
    """
    Decompress with zlib.

    A gzip file may have several members. Other trailing data is ignored, as browsers do.
    """
    decompressor = None
    for rest in chunks:
        while rest:
            if decompressor is None:
                decompressor = zlib.decompressobj(bits(rest))
            elif decompressor.eof:
                if not has_members or rest[:1] != _GZIP:
                    break
                decompressor = zlib.decompressobj(bits(rest))
            yield _decompress_chunk(decompressor, rest)
            rest = decompressor.unused_data if decompressor.eof else decompressor.unconsumed_tail
    while decompressor is not None and not decompressor.eof:
        chunk = _decompress_chunk(decompressor, b"")
        if not chunk:
            raise FetchProblem(_DAMAGED)
        yield chunk


def _decompress_chunk(
    decompressor: Any, rest: bytes
) -> bytes:  # Any: zlib does not name the type of its machines
    try:
        chunk: bytes = decompressor.decompress(rest, _CHUNK_BYTES)
    except zlib.error as error:
        raise FetchProblem(_DAMAGED) from error
    return chunk


def _join_first_two(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Make the first chunk at least two bytes long: it takes two to recognise the header."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) > 1:
            yield head
            head = b""
            break
    if head:
        yield head
    yield from chunks


def _import_brotli() -> Any:  # Any: a optional library without types
    """Return the Brotli library if it is installed and can limit its output."""
    try:
        library = import_module("brotli")
        library.Decompressor().process(b"", output_buffer_limit=1)
    except (ImportError, AttributeError, TypeError):
        return None
    return library


def _unbrotli(chunks: Iterator[bytes]) -> Iterator[bytes]:
    library = _import_brotli()
    decompressor = library.Decompressor()
    try:
        for chunk in chunks:
            yield decompressor.process(chunk, output_buffer_limit=_CHUNK_BYTES)
            while not decompressor.can_accept_more_data():
                yield decompressor.process(b"", output_buffer_limit=_CHUNK_BYTES)
    except library.error as error:
        raise FetchProblem(_DAMAGED) from error
    if not decompressor.is_finished():
        raise FetchProblem(_DAMAGED)
