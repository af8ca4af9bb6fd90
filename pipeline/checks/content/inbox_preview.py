"""What readers see in the inbox: subject and preheader; and the text part, which some see instead of the HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline.checks.findings import error, note, shorten, warning
from pipeline.checks.html.html_part import HtmlPart
from pipeline.markup import count_columns
from pipeline.models.finding import Finding

MAX_SUBJECT_COLUMNS = 60  # what a phone shows; an East Asian character takes two columns
_MIN_PREHEADER_COLUMNS, _MAX_PREHEADER_COLUMNS = 30, 140
#: Invisible characters after a preheader that keep the text of the newsletter out of the inbox.
_FILLER = re.compile(
    "[\u00ad\u034f\u061c\u2000-\u200f\u2028-\u202e\u205f-\u2064\u3000\ufeff\u00a0\u2800\\s]+"
)
_REPLY_PREFIX = re.compile(r"(re|fwd?|aw|wg|tr|rv|enc)\s*(\[\d+\])?:", re.IGNORECASE)


def check_subject(part: HtmlPart) -> Iterator[Finding]:
    """Yield what is wrong with the subject."""
    subject = " ".join(part.variant.subject.split())
    where = f'the subject "{shorten(subject)}"'
    if count_columns(subject) > MAX_SUBJECT_COLUMNS:
        yield warning(
            code="subject.long",
            where=where,
            message=f"{len(subject)} characters; phones show about {MAX_SUBJECT_COLUMNS}.",
            hint="Put the important words first, or shorten it: subject in the front matter, or --subject.",
        )
    letters = [character for character in subject if character.isupper() or character.islower()]
    if len(letters) > 7 and " " in subject and all(map(str.isupper, letters)):
        yield warning(
            code="subject.capitals",
            where=where,
            message="The subject is in capitals; readers take it for shouting, and filters for advertising.",
            hint="Write it like a sentence.",
        )
    if _REPLY_PREFIX.match(subject):
        yield warning(
            code="subject.pretends",
            where=where,
            message="The subject looks like a reply but is not; it misleads readers and some countries forbid it.",
            hint='Remove "Re:" or "Fwd:".',
        )


def check_preheader(part: HtmlPart) -> Iterator[Finding]:
    """Yield what is wrong with the preheader: the hidden text at the start, which inboxes show after the subject."""
    hidden = _find_hidden(part)
    preheader = find_preheader(part)
    if not preheader:
        yield warning(
            code="preheader.missing",
            where="the start of the newsletter",
            message='Inboxes show the first text instead, such as the publication\'s name or "Read online".',
            hint="Write a preheader or a subtitle in the front matter: one sentence of 40 to 90 characters.",
        )
        return
    where = f'the preheader "{shorten(preheader)}"'
    if hidden is not None and _has_text_before(part, hidden):
        yield warning(
            code="preheader.not-first",
            where=where,
            message="There is other text before the preheader, and inboxes show that instead.",
            hint="Print email.preheader first in the theme's mj-body.",
        )
    if _normalize_words(preheader) == _normalize_words(part.variant.subject):
        yield warning(
            code="preheader.repeats-subject",
            where=where,
            message="The preheader repeats the subject, which inboxes show right before it.",
            hint="Add something new: what the newsletter is about, or why to open it now.",
        )
    elif count_columns(preheader) < _MIN_PREHEADER_COLUMNS:
        yield note(
            code="preheader.short",
            where=where,
            message=f"{len(preheader)} characters; inboxes have room for 40 to 90.",
            hint="Add a few more words.",
        )
    elif count_columns(preheader) > _MAX_PREHEADER_COLUMNS:
        yield note(
            code="preheader.long",
            where=where,
            message=f"{len(preheader)} characters; inboxes show 40 to 90 and cut off the rest.",
            hint="Put the important words first, or write a shorter preheader in the front matter.",
        )


def find_preheader(part: HtmlPart) -> str:
    """Return the hidden text at the start of the HTML, without the filler after it."""
    hidden = _find_hidden(part)
    return "" if hidden is None else _FILLER.sub(" ", hidden.text_content()).strip()


def _find_hidden(part: HtmlPart) -> Any:  # Any: lxml has no types
    body = part.document.find("body")
    for node in () if body is None else body.iter("*"):
        if "display" not in node.get("style", ""):
            continue
        is_hidden = part.light_styles.get_declared(node).get("display") == "none"
        if is_hidden and node.text_content().strip():
            return node
    return None


def _has_text_before(part: HtmlPart, hidden: Any) -> bool:
    """Whether there is visible text before the element *hidden*; only what precedes it is read."""
    around = {hidden, *hidden.iterancestors()}
    for element in part.document.find("body").iter():
        if element is hidden:
            return False
        if _is_visible_text(part, element, element.text):
            return True
        if element not in around and _is_visible_text(part, element.getparent(), element.tail):
            return True
    return False


def _is_visible_text(part: HtmlPart, element: Any, text: str | None) -> bool:
    """Whether *text*, which stands in *element*, is seen; comments are not."""
    is_text = isinstance(element.tag, str) and bool((text or "").strip())
    return is_text and not part.light_styles.is_hidden(element)


def check_text_part(part: HtmlPart) -> Iterator[Finding]:
    """Yield what is wrong with the text part."""
    text = part.variant.text
    if not text.strip():
        yield error(
            code="text.missing",
            where="the text part",
            message="There is no text part; filters suspect such messages, and some readers would see nothing.",
            hint="Render the newsletter again; the text part is made from the article.",
        )
        return
    words = _normalize_words(text)
    preheader = _normalize_words(find_preheader(part))
    if preheader and not words.startswith(preheader):
        yield warning(
            code="text.preheader",
            where=f'the text part, "{shorten(text)}"',
            message="The text part does not start with the preheader; some clients show its first line in the inbox.",
            hint="Start the text part with the preheader.",
        )
    title = re.split(
        r"{{(?:(?!{{).)*?}}", part.variant.edition.title
    )  # the values of fields differ
    if not all(_normalize_words(section) in words for section in title):
        yield warning(
            code="text.differs",
            where="the text part",
            message="The title is in the HTML but not in the text part; filters distrust messages whose parts differ.",
            hint="Render the newsletter again; both parts are made from the same article.",
        )


def _normalize_words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
