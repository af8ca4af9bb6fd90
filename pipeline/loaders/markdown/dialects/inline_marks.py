"""Marks of other Markdowns within a line: comments, edits, highlights, links, raised text, formulas, emoji."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from pipeline.loaders.markdown.attributes import match_attribute_list
from pipeline.loaders.markdown.dialects.emoji import EMOJI
from pipeline.loaders.shared.formulas import match_formula

#: The longest text between two marks.
_MAX_LENGTH = 2_000
_COMMENTS = (
    ("%%", "%%"),
    ("{>>", "<<}"),
    ("{/*", "*/}"),
    ("{#", "#}"),
    ("{::comment}", "{:/comment}"),
)
#: Marks around text that stays.
_EDITS = (("{++", "++}"), ("{==", "==}"), ("==", "=="), ("++", "++"))
#: A space in it needs a backslash, as in Pandoc.
_SHIFTED = re.compile(r"([~^])(?=[^\s~^]{0,40}[^\W_])((?:[^\s~^\[\]\\]|\\ ){1,40})\1(?!\1)")
#: GitHub's other form of `~~…~~`; in a word a tilde lowers text instead.
_STRUCK = re.compile(r"~(?=[^\s~])(?=[^~\n]{0,300}[^\W_])([^~\n]{1,300})(?<=[^\s\\])~(?![~\w])")
#: What a lowered text may follow besides a letter or digit: `*x*~1~`, `(a)~n~`.
_BEFORE_LOWERED = frozenset(")]}*_^")
_WIKI_LINK = re.compile(r"(!?)\[\[([^\[\]|\n]{1,300})(?:\\?\|([^\[\]\n]{0,300}))?\]\](?![(\[])")
_IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".bmp", ".avif"})
_SIZE = re.compile(r"(\d{1,5})(?:x(\d{1,5}))?")
_SIZED_IMAGE = re.compile(
    r"!\[([^\[\]\n]{0,300})\](\(([^\s()<>]{1,1000})[ \t]{1,10}=(\d{1,5})x(\d{0,5})[ \t]{0,10}\))"
)
_EMOJI = re.compile(r":([a-z][a-z0-9_+\-]{1,39}):(?![\w:/])")
_CITATION = re.compile(
    r"\[(?:see |cf\. |-)?@[\w:.\-]+[^\[\]\n]{0,200}\](?!\()|\[#[\w:.\-]{1,80}\](?!\()"
)

InlineRule = Callable[[StateInline, bool], bool]


def inline_marks_plugin(md: MarkdownIt) -> None:
    """Add the rules to *md*, before those for links."""
    rules: tuple[tuple[str, InlineRule], ...] = (
        ("comment", _parse_comment),
        ("deletion", _parse_deletion),
        ("edit", _parse_edit),
        ("wiki_link", _parse_wiki_link),
        ("sized_image", _parse_sized_image),
        ("span", _parse_span),
        ("shifted", _parse_shifted),
        ("emoji", _parse_emoji),
        ("citation", _parse_citation),
    )
    for name, rule in rules:
        md.inline.ruler.before("strikethrough", f"dialect_{name}", rule)
    md.inline.ruler.before("escape", "dialect_formula", _parse_formula)


def _is_in_url(state: StateInline) -> bool:
    """Whether the current position is within a web address, which has marks of its own."""
    start = max(0, state.pos - 300)
    word = re.split(r"[\s<(]", state.src[start : state.pos])[-1]
    return "://" in word or word.startswith("www.")


def _find_end(state: StateInline, opening: str, closing: str) -> int:
    """Return where the text after *opening* ends, -1 if *closing* does not follow."""
    begin = state.pos + len(opening)
    return state.src.find(closing, begin, min(state.posMax, begin + _MAX_LENGTH))


def _parse_comment(state: StateInline, silent: bool) -> bool:
    for opening, closing in _COMMENTS:
        if not state.src.startswith(opening, state.pos) or _is_in_url(state):
            continue
        end = _find_end(state, opening, closing)
        if end < 0:
            continue
        if not silent:
            _drop(state, "markdown.comment", state.src[state.pos + len(opening) : end])
        state.pos = end + len(closing)
        return True
    return False


def _parse_deletion(state: StateInline, silent: bool) -> bool:
    """CriticMarkup: `{--gone--}` and `{~~gone~>new~~}`."""
    message = "Deletions marked {--…--} or {~~…~>…~~} were left out; what replaces them stays."
    if state.src.startswith("{--", state.pos) and (end := _find_end(state, "{--", "--}")) >= 0:
        if not silent:
            text = state.src[state.pos + 3 : end]
            _drop(state, "markdown.deletion", text, ("markdown.edits", message, ""))
        state.pos = end + 3
        return True
    if not state.src.startswith("{~~", state.pos) or (end := _find_end(state, "{~~", "~~}")) < 0:
        return False
    middle = state.src.find("~>", state.pos, end)
    if middle < 0:
        return False
    if not silent:
        text = state.src[state.pos + 3 : middle]
        _drop(state, "markdown.deletion", text, ("markdown.edits", message, ""))
        _parse_inside(state, middle + 2, end)
    state.pos = end + 3
    return True


def _parse_edit(state: StateInline, silent: bool) -> bool:
    """Text in `==…==` is highlighted; what an editor highlighted or inserted stays, without its marks."""
    for opening, closing in _EDITS:
        if not state.src.startswith(opening, state.pos) or _is_in_url(state):
            continue
        begin, end = state.pos + len(opening), _find_end(state, opening, closing)
        inside = state.src[begin:end] if end > 0 else ""
        if not inside.strip() or inside != inside.strip() or inside[0] in "=+":
            continue
        before, after = state.src[state.pos - 1 : state.pos], state.src[end + len(closing) :][:1]
        if len(opening) == 2 and (before.isalnum() or after.isalnum() or after in set("=+")):
            continue
        if not silent and opening == "==":
            state.push("mark_open", "mark", 1)
            _parse_inside(state, begin, end)
            state.push("mark_close", "mark", -1)
        elif not silent:
            _parse_inside(state, begin, end)
        state.pos = end + len(closing)
        return True
    return False


def _parse_inside(state: StateInline, begin: int, end: int) -> None:
    before, state.pos, state.posMax = state.posMax, begin, end
    state.md.inline.tokenize(state)
    state.posMax = before


def _parse_shifted(state: StateInline, silent: bool) -> bool:
    """`H~2~O` and `2^10^`, as Pandoc writes them, and `~gone~`, as GitHub does, which is not within a word."""
    mark = state.src[state.pos]
    before = state.src[state.pos - 1 : state.pos] if state.pos else ""
    if mark not in "~^" or before == mark:
        return False
    is_struck = mark == "~" and not (before.isalnum() or before in _BEFORE_LOWERED)
    match = (_STRUCK if is_struck else _SHIFTED).match(state.src, state.pos, state.posMax)
    if not match or _is_in_url(state):
        return False
    if not silent:
        first = len(state.tokens)
        tag = "s" if is_struck else "sub" if mark == "~" else "sup"
        begin, end = match.span(1 if is_struck else 2)
        state.push(f"{tag}_open", tag, 1)
        _parse_inside(state, begin, end)
        state.push(f"{tag}_close", tag, -1)
        for token in state.tokens[first:]:
            token.content = token.content.replace("\\ ", "\u00a0")
    state.pos = match.end()
    return True


def _parse_wiki_link(state: StateInline, silent: bool) -> bool:
    """`[[Page|text]]` is its text, `![[picture.png]]` the picture; another file cannot be embedded."""
    match = _WIKI_LINK.match(state.src, state.pos, state.posMax)
    if not match or (not match[1] and match[2].startswith("^")):
        return False
    if silent:
        state.pos = match.end()
        return True
    target, label = match[2].strip(), (match[3] or "").strip()
    if match[1] and PurePosixPath(target.lower()).suffix in _IMAGE_SUFFIXES:
        size = _SIZE.fullmatch(label)
        _push_image(state, target, "" if size else label, size.groups() if size else ())
        state.tokens[-1].meta = {"tail": label if size else ""}
    elif match[1]:
        message = "{}: left out, because another file cannot be embedded. Copy its text."
        _drop(state, "markdown.embed", match[0], ("markdown.embed", message, match[0][:80]))
    else:
        message = (
            "{}: text without a link, because only the program it was written for knows the page."
        )
        state.push("text", "", 0).content = label or target
        warning = ("markdown.wiki-link", message, match[0][:80])
        _drop(state, "", target if label else "", warning)
    state.pos = match.end()
    return True


def _parse_sized_image(state: StateInline, silent: bool) -> bool:
    """`![A bell](bell.png =300x200)`, with or without the height."""
    match = _SIZED_IMAGE.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    if not silent:
        _push_image(state, match[3], match[1], match.groups()[3:])
        state.tokens[-1].meta = {"tail": match[2]}
    state.pos = match.end()
    return True


def _push_image(state: StateInline, src: str, alt: str, size: Sequence[str | None]) -> None:
    """Add the token of an image; *size* is its width and height in pixels, as far as they are known."""
    token = state.push("image", "img", 0)
    sides = zip(("width", "height"), size, strict=False)
    token.attrs = {"src": src, "alt": "", **{name: side for name, side in sides if side}}
    token.children = [Token("text", "", 0, content=alt)] if alt else []


def _parse_span(state: StateInline, silent: bool) -> bool:
    """`[text]{.smallcaps}`: the text stays."""
    if state.src[state.pos] != "[" or "]{" not in state.src[state.pos : state.pos + _MAX_LENGTH]:
        return False
    start, maximum = state.pos, state.posMax
    end = state.md.helpers.parseLinkLabel(state, start)
    state.pos = start
    attributes = match_attribute_list(state.src, end + 1, maximum) if end > start + 1 else None
    if attributes is None:
        return False
    if not silent:
        _parse_inside(state, start + 1, end)
        state.push("attributes", "", 0).content = attributes
    state.pos, state.posMax = end + 1 + len(attributes), maximum
    return True


def _parse_formula(state: StateInline, silent: bool) -> bool:
    """A formula in TeX stays as it is written, unharmed; `shared.formulas` warns of it."""
    if state.src[state.pos] not in "$\\":
        return False
    end = match_formula(state.src, state.pos, state.posMax, is_markdown=True)
    if end < 0:
        return False
    if not silent:
        state.push("text", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


def _parse_emoji(state: StateInline, silent: bool) -> bool:
    match = _EMOJI.match(state.src, state.pos, state.posMax)
    before = state.src[state.pos - 1 : state.pos]
    if not match or before.isalnum() or before in {":", "/"} or _is_in_url(state):
        return False
    if not silent:
        token = state.push("emoji", "", 0)
        token.content, token.markup = EMOJI.get(match[1], match[0]), match[1]
        if match[1] not in EMOJI:
            message = (
                "No emoji is called {}: the text stays. If it is one, write the character itself."
            )
            _drop(state, "", "", ("markdown.emoji", message, match[0]))
    state.pos = match.end()
    return True


def _parse_citation(state: StateInline, silent: bool) -> bool:
    match = _CITATION.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    if not silent:
        message = "Citations stay as they are written: {}. Write the source as a note: ^[…]."
        state.push("text", "", 0).content = match[0]
        _drop(state, "", "", ("markdown.citation", message, match[0][:80]))
    state.pos = match.end()
    return True


def _drop(
    state: StateInline, reason: str, text: str, warning: tuple[str, str, str] | None = None
) -> None:
    """Add a token for *text*, which is left out by the rule *reason*, or syntax if that is ""."""
    token = state.push("left_out", "", 0)
    token.content = text if reason else ""
    token.info = "" if reason else text
    token.meta = {"reason": reason, "warning": warning}
