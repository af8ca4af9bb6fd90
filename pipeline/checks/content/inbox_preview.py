"""What readers see before they open it: subject and preheader; and the text part, which some see instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from pipeline.checks.findings import error, note, shorten, warning
from pipeline.checks.html.html_part import HtmlPart
from pipeline.models.finding import Finding

#: A phone shows about so many columns of a subject; an East Asian sign takes two.
SUBJECT_COLUMNS = 60
_PREHEADER_SHORT, _PREHEADER_LONG = 30, 140
#: What stands behind a preheader so that no text of the letter follows it.
_FILLER = re.compile(
    "[\u00ad\u034f\u061c\u2000-\u200f\u2028-\u202e\u205f-\u2064\u3000\ufeff\u00a0\u2800\\s]+"
)
_PRETENDS = re.compile(r"(re|fwd?|aw|wg|tr|rv|enc)\s*(\[\d+\])?:", re.IGNORECASE)


def check_subject(page: HtmlPart) -> Iterator[Finding]:
    """Yield what is wrong with the subject."""
    subject = " ".join(page.variant.subject.split())
    if count_columns(subject) > SUBJECT_COLUMNS:
        yield warning(
            code="subject.long",
            where=f'the subject "{shorten(subject)}"',
            message=f"It has {len(subject)} signs; phones show about {SUBJECT_COLUMNS}.",
            hint="Say what matters first, or say it shorter: subject in the front matter, or --subject.",
        )
    letters = [sign for sign in subject if sign.isupper() or sign.islower()]
    if len(letters) > 7 and " " in subject and all(map(str.isupper, letters)):
        yield warning(
            code="subject.capitals",
            where=f'the subject "{shorten(subject)}"',
            message="It is all in capitals, which filters take for advertising and readers for shouting.",
            hint="Write it as a sentence.",
        )
    if _PRETENDS.match(subject):
        yield warning(
            code="subject.pretends",
            where=f'the subject "{shorten(subject)}"',
            message="It looks like an answer and is none; the law of many countries forbids it.",
            hint='Leave out "Re:" and "Fwd:".',
        )


def check_preheader(page: HtmlPart) -> Iterator[Finding]:
    """Yield what is wrong with the preheader: the hidden words at the start of the letter."""
    hidden = _hidden(page)
    said = find_preheader(page)
    subject = _plain(page.variant.subject)
    if not said:
        yield warning(
            code="preheader.missing",
            where="the start of the letter",
            message='Inboxes show what comes first instead: the name of the publication, "Read this online".',
            hint="Write a preheader or a subtitle in the front matter: one sentence of 40 to 90 signs.",
        )
        return
    if hidden is not None and _comes_after_words(page, hidden):
        yield warning(
            code="preheader.not-first",
            where=f'the preheader "{shorten(said)}"',
            message="Other words stand before it, which inboxes show instead.",
            hint="Print letter.preheader first in the theme's mj-body.",
        )
    if _plain(said) == subject:
        yield warning(
            code="preheader.repeats-subject",
            where=f'the preheader "{shorten(said)}"',
            message="It says what the subject says, right beside it.",
            hint="Say the next thing: what the letter tells, or why to open it now.",
        )
    elif count_columns(said) < _PREHEADER_SHORT:
        yield note(
            code="preheader.short",
            where=f'the preheader "{shorten(said)}"',
            message=f"It has {len(said)} signs; inboxes have room for 40 to 90.",
            hint="Say a little more.",
        )
    elif count_columns(said) > _PREHEADER_LONG:
        yield note(
            code="preheader.long",
            where=f'the preheader "{shorten(said)}"',
            message=f"It has {len(said)} signs; inboxes show 40 to 90 and cut off the rest.",
            hint="Put what matters first, or write a shorter preheader in the front matter.",
        )


def find_preheader(page: HtmlPart) -> str:
    """Return the hidden words at the start of the letter, without what fills the line behind them."""
    hidden = _hidden(page)
    return "" if hidden is None else _FILLER.sub(" ", hidden.text_content()).strip()


def _hidden(page: HtmlPart) -> Any:  # Any: lxml has no types
    for node in page.document.xpath("/html/body//*[contains(@style, 'display')]"):
        if page.light.own(node).get("display") == "none" and node.text_content().strip():
            return node
    return None


def _comes_after_words(page: HtmlPart, hidden: Any) -> bool:
    for text in page.document.xpath("/html/body//text()[normalize-space()]"):
        element = text.getparent().getparent() if text.is_tail else text.getparent()
        if element is hidden or hidden in element.iterancestors():
            return False
        if isinstance(element.tag, str) and not page.light.is_hidden(element):
            return True
    return False


def check_text_part(page: HtmlPart) -> Iterator[Finding]:
    """Yield what is wrong with the text part, beside the HTML."""
    text = page.variant.text
    if not text.strip():
        yield error(
            code="text.missing",
            where="the text part",
            message="There is none; filters count that against a letter, and some readers see nothing.",
            hint="Render the letter again; the text part is written from the article.",
        )
        return
    said = _plain(find_preheader(page))
    if said and not _plain(text).startswith(said):
        yield warning(
            code="text.preheader",
            where=f'the text part, "{shorten(text)}"',
            message="It does not begin with the preheader; some mail programs show its first line in the inbox.",
            hint="Begin the text part with the preheader.",
        )
    title = re.split(
        r"{{.*?}}", page.variant.edition.title
    )  # a field is another word for each reader
    if not all(_plain(words) in _plain(text) for words in title):
        yield warning(
            code="text.differs",
            where="the text part",
            message="The title stands in the HTML and not there; filters distrust letters whose two parts differ.",
            hint="Render the letter again; both parts are written from one article.",
        )


def count_columns(text: str) -> int:
    """Return how many columns *text* takes: two for an East Asian sign, none for a mark upon another."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
