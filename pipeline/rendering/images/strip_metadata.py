"""
Remove metadata from image files, without decoding their pixels.

Photos say where, when and with which device they were taken (EXIF, XMP, IPTC, comments, and files appended by phones);
no reader needs that. What is needed to show the image stays: color profiles, gamma, transparency, animation.
"""

from __future__ import annotations

import struct

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: Chunks that do not change what is shown (PNG, third edition, 11.3; `iDOT` and `caBX` are private ones).
_PNG_METADATA = (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"iDOT", b"caBX", b"dSIG", b"vpAg")
_APP0, _APP2, _APP14, _COMMENT = 0xE0, 0xE2, 0xEE, 0xFE
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_STANDALONE = (0x01, *range(0xD0, 0xD9))


def strip_metadata(content: bytes, format: str) -> bytes:
    """
    Return *content* without metadata; unchanged if it has none, or if it is not as its *format* says.

    Args:
        format: Pillow's name: JPEG, PNG or GIF; others are returned unchanged.
    """
    strip = {"JPEG": _strip_jpeg, "PNG": _strip_png, "GIF": _strip_gif}.get(format)
    if strip is None:
        return content
    try:
        return strip(content)
    except (IndexError, struct.error):  # Pillow tolerates more than this does
        return content


def _strip_jpeg(content: bytes) -> bytes:
    """Keep all segments but APP1 to APP13 (except color profiles), APP15 and comments; cut what follows the image."""
    kept, at = [content[:2]], 2
    while at < len(content):
        start = at
        while content[at + 1] == 0xFF:  # fill bytes
            at += 1
        marker = content[at + 1]
        if marker == _END_OF_IMAGE:
            return b"".join((*kept, content[start : at + 2]))
        is_standalone = marker in _STANDALONE
        length = 0 if is_standalone else struct.unpack(">H", content[at + 2 : at + 4])[0]
        end = at + 2 + length
        if marker == _START_OF_SCAN:
            end = _find_end_of_scan(content, end)
        if not _is_jpeg_metadata(marker, content[at + 4 : at + 16]):
            kept.append(content[start:end])
        at = end
    return content


def _is_jpeg_metadata(marker: int, begin: bytes) -> bool:
    if marker == _APP2:
        return not begin.startswith(b"ICC_PROFILE\0")
    return marker == _COMMENT or (_APP0 < marker <= 0xEF and marker != _APP14)


def _find_end_of_scan(content: bytes, at: int) -> int:
    """Return where the next marker begins: 0xFF in the data of a scan is followed by 0 or a restart marker."""
    while (at := content.find(b"\xff", at)) >= 0:
        if content[at + 1] != 0 and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 2
    raise IndexError


def _strip_png(content: bytes) -> bytes:
    if not content.startswith(_PNG_SIGNATURE):
        return content
    kept, at = [_PNG_SIGNATURE], len(_PNG_SIGNATURE)
    while at < len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        end = at + 12 + length
        if kind not in _PNG_METADATA:
            kept.append(content[at:end])
        at = end
        if kind == b"IEND":
            break
    return b"".join(kept)


def _strip_gif(content: bytes) -> bytes:
    """Keep all blocks but comments and XMP."""
    at = 13 + _count_color_bytes(content[10])
    kept = [content[:at]]
    while content[at] != 0x3B:
        start = at
        if content[at] == 0x21:
            label, name = content[at + 1], content[at + 3 : at + 11]
            at = _skip_sub_blocks(content, at + 2)
            if label == 0xFE or (label == 0xFF and name == b"XMP Data"):
                continue
        else:
            at += 10 + _count_color_bytes(content[at + 9])
            at = _skip_sub_blocks(content, at + 1)
        kept.append(content[start:at])
    return b"".join((*kept, content[at : at + 1]))


def _count_color_bytes(packed: int) -> int:
    """Return the size of the color table that *packed* announces."""
    return 3 * 2 ** ((packed & 7) + 1) if packed & 0x80 else 0


def _skip_sub_blocks(content: bytes, at: int) -> int:
    while content[at]:
        at += content[at] + 1
    return at + 1
