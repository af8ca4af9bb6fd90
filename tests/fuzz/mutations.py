"""Break good input: cut, repeat, swap and splice it, and insert what has broken programs before."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

#: Characters that programs stumble over: NUL, a lone surrogate, separators, direction and zero-width marks.
ODD_TEXTS = (
    "\0", "\ud800", "\udfff", "\x0b", "\x0c", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\u200b",
    "\u202e", "\u2066", "\ufffd", "\uffff", "\U0010ffff", "\u0301", "é", "ß", "İ", "\U0001f469\u200d\U0001f680",
    "שלום", "مرحبا", "日本語", "²³", "①", "\r", "\r\n", "\t", "\xa0", "\u3000", "¹", "९",
)  # fmt: skip
#: Values that are too great, too small or of another kind than expected.
ODD_VALUES = (
    "0", "-1", "1e400", "9" * 30, "99999-99-99", "0000-00-00", "9999-12-31", "2026-02-30T25:61:61+99:99", "nan",
    "null", "true", "[]", "{}", "a" * 300, "%00", "%s%n", "../../etc/passwd", "file:///etc/passwd",
    "javascript:alert(1)", "http://[::1", "https://exa mple.org/\u202e", "data:text/html,<script>", "{{ name }}",
    "{% x %}", "${x}", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"'><b>", "&#0;", "&#xD800;",
    "&#1114112;", "&lt;script&gt;", "]]>", "<!--", "-->", "<![CDATA[", "</body>", "=cmd|' /C calc'!A0",
)  # fmt: skip


class Mutator:
    """
    Breaks texts.

    Args:
        random: Decides what is broken, and where.
        fragments: What the format is made of, such as `[^1]:` in Markdown.
    """

    def __init__(self, random: Random, fragments: Sequence[str]) -> None:
        self._random = random
        self._fragments = fragments

    def mutate(self, text: str, others: Sequence[str]) -> str:
        """Return *text* after one to eight changes, some of them with a part of one of *others*."""
        for _ in range(self._random.choice((1, 1, 2, 3, 5, 8))):
            change = self._random.choice(
                (
                    self._cut,
                    self._repeat,
                    self._swap,
                    self._insert,
                    self._insert,
                    self._insert,
                    self._nest,
                )
            )
            text = self._splice(text, others) if self._random.random() < 0.1 else change(text)
        return text[:40_000]

    def _span(self, text: str, longest: int = 400) -> tuple[int, int]:
        start = self._random.randint(0, len(text))
        return start, min(len(text), start + self._random.randint(0, longest))

    def _cut(self, text: str) -> str:
        start, end = self._span(text)
        return text[:start] + text[end:]

    def _repeat(self, text: str) -> str:
        start, end = self._span(text, 60)
        return text[:end] + text[start:end] * self._random.choice((1, 2, 30)) + text[end:]

    def _swap(self, text: str) -> str:
        start, middle = sorted(self._span(text))
        end = min(len(text), middle + self._random.randint(0, 200))
        return text[:start] + text[middle:end] + text[start:middle] + text[end:]

    def _insert(self, text: str) -> str:
        place = self._random.randint(0, len(text))
        if self._random.random() < 0.3:  # at the start of a line
            place = text.rfind("\n", 0, place) + 1
        kind = self._random.choice((self._fragments, self._fragments, ODD_TEXTS, ODD_VALUES))
        return text[:place] + self._random.choice(kind) + text[place:]

    def _nest(self, text: str) -> str:
        place = self._random.randint(0, len(text))
        return (
            text[:place]
            + self._random.choice(self._fragments) * self._random.choice((3, 40))
            + text[place:]
        )

    def _splice(self, text: str, others: Sequence[str]) -> str:
        other = self._random.choice(others)
        return (
            text[: self._random.randint(0, len(text))]
            + other[self._random.randint(0, len(other)) :]
        )


def encode(text: str, random: Random) -> bytes:
    """Return *text* as a file: mostly UTF-8, lone surrogates as they are, at times in another encoding or damaged."""
    charset = random.choice(
        ("utf-8",) * 7 + ("utf-16", "cp1252", "latin-1", "mac-roman", "shift_jis", "utf-8-sig")
    )
    try:
        content = text.encode(charset, "surrogatepass" if charset.startswith("utf") else "replace")
    except UnicodeEncodeError:
        content = text.encode("utf-8", "replace")
    if random.random() < 0.15 and content:
        place = random.randrange(len(content))
        content = content[:place] + random.randbytes(random.randint(1, 4)) + content[place + 1 :]
    return content
