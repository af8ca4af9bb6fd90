"""Name the authors of an entry, never by a mail address."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_ADDRESS = r"[^\s@<>()\[\],;:\"']{1,64}@[^\s@<>()\[\],;:\"']{1,255}"
_MAILBOX = re.compile(
    rf"(?:mailto:)?\s?<?{_ADDRESS}>?|[(\[<]\s?(?:mailto:)?{_ADDRESS}\s?[)\]>]", re.I
)
_NAME_AFTER = re.compile(rf"(?:mailto:)?{_ADDRESS}\s?\(([^()@]{{1,200}})\)", re.I)
_JOINTS = re.compile(
    r"\s?(?:,|;|&|\+|/|\b(?:and|und|et|y|e|en|og|och|i|with|mit|avec|con)\b)\s?", re.I
)
_BY = re.compile(r"^(?:by|von|par|por|di)\s+(?=[^\W\d_])", re.I)


def find_mailboxes(text: str) -> list[str]:
    """Return the mail addresses in *text*, with what is around them."""
    return [found[0].strip() for found in _MAILBOX.finditer(text)]


def read_author_name(text: str) -> str:
    """Return the name in *text*, "" if it is only an address: `a@example.org (Ann)`, `Ann <a@example.org>`."""
    text = _NAME_AFTER.sub(r"\1", text[:500])
    text = " ".join(_MAILBOX.sub(" ", text).split())
    text = text.strip(" ,;:-–<>\"'")
    if "), (" in text or text.count("(") != text.count(")"):
        text = re.sub(r"[()]", "", text)
    if text.startswith("(") and text.endswith(")") and text.count("(") == 1:
        text = text[1:-1].strip()
    return _BY.sub("", re.sub(r"\(\s*\)|\[\s*\]", "", text)).strip(" ,;\"'")


def list_author_names(authors: Sequence[str], secondary: Collection[str] = ()) -> tuple[str, ...]:
    """
    Return the names in *authors*, each once, in order.

    Args:
        secondary: Those that count only if there is no other, such as the owner of a podcast.
    """
    names = list(dict.fromkeys(filter(None, map(read_author_name, authors))))
    others = {read_author_name(each) for each in secondary}
    names = [name for name in names if name not in others] or names
    return tuple(name for name in names if not _repeats_others(name, names))


def _repeats_others(name: str, names: Sequence[str]) -> bool:
    """Whether *name* joins names that stand alone among *names* too: "Ann Ash and Bo Birk"."""
    parts = [part for part in _JOINTS.split(name) if part]
    others = [other.casefold() for other in names if other != name]
    return len(parts) > 1 and all(
        any(part.casefold() == other or other.startswith(f"{part.casefold()} ") for other in others)
        for part in parts
    )
