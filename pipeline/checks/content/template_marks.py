"""Marks of template languages, of Handbill or another mail system, that readers would see as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from pipeline.checks.findings import error, shorten, warning
from pipeline.checks.html.html_part import HtmlPart, get_parent, quote_context
from pipeline.models.edition import Edition, LiteralText, flatten
from pipeline.models.finding import Finding

#: What fields are called everywhere; `[[name]]` is one, `[[Low Water]]` is a wiki link.
_FIELD = (
    r"(?:(?:subscriber|recipient|contact|user|member|customer|person|merge|profile|sub|reader|lead|list|account)"
    r"[._ :-]{1,2})?(?:f|l|first|last|full|nick|user|sur|display|middle|given|family|preferred)?[._ -]?name"
    r"(?:[._ -]?(?:first|last|full))?"
    r"|e-?mail(?:[._ -]?address)?|subscriber[._ -](?:id|email|\w{1,20})|recipient[._ -]\w{1,20}"
    r"|unsub(?:scribe)?(?:[._ -]?(?:link|url|href))?|(?:web|archive|browser)[._ -]?(?:version|link|url|view)"
    r"|view[._ -]?in[._ -]?browser|(?:update|manage)[._ -]?(?:profile|preferences)|preferences[._ -]?(?:link|url)"
    r"|(?:postal|mailing|company|sender)[._ -]?(?:address|name)|salutation|greeting|anrede|vorname|nachname|pr[ée]nom"
    r"|nombre|voornaam"
)
_DEFAULT = r"(?:\s?[|,:=]\s?[^{}\[\]<>\n]{0,40})?"
#: Variables of a system's shell, which a text may well name.
_SHELL = (
    r"(?:appdata|localappdata|userprofile|programfiles|programdata|systemroot|windir|temp|tmp|path|homepath|homedrive"
    r"|username|userdomain|computername|comspec|public|systemdrive|os)"
)
_MARK = re.compile(
    "|".join(
        (
            # Handbill, Liquid, Handlebars, Jinja, also cut off; not TeX, whose braces touch a name, ^, _ or \
            r"\{\{[^{}\\]{0,60}?\}\}",
            r"\{%.{0,60}?%\}",
            r"(?<![\\^_{}\w])\{\{[^{}\\\n]{1,40}\}(?!\})",
            rf"(?<![\\^_{{}}\w])\{{\s?(?i:{_FIELD})\s?\}}\}}",
            rf"(?<![\\^_\w$])\{{\s?(?i:{_FIELD}){_DEFAULT}\s?\}}",
            # Mailchimp, and what Markdown leaves of it
            r"\*\|[A-Z][^|*\n]{0,60}\|\*",
            rf"(?<![|\w])\|(?i:{_FIELD})\|(?![|\w])",
            # Salesforce, Marketing Cloud, Mailgun, Exacttarget, Windows
            r"%%=?[A-Za-z\[][^%\n]{0,60}=?%%",
            rf"(?<![\w%])%(?!(?i:{_SHELL})%)(?![0-9A-Fa-f]{{2}}%)[A-Za-z][A-Za-z0-9_.-]{{1,40}}%(?!\w)",
            r"\{![A-Za-z][\w.]{1,60}\}",
            # ERB, EJS, PHP, ASP, also escaped twice
            r"<%[-=]?[^%\n]{1,60}%>|&lt;%[^%\n]{1,60}%&gt;|<\?(?:=|php\b)[^?\n]{1,60}\?>",
            # Smarty, shell, Ruby, Python
            r"\{\$[A-Za-z_][\w.>\[\]-]{0,40}(?:\|[^{}\n]{0,40})?\}|\{/(?:if|foreach|section)\}",
            r"(?<![\\\w$])\$\{[A-Za-z_][\w.]{2,40}\}(?![$^_])",
            r"(?<![\w#])#\{[A-Za-z_@][\w.@]{1,40}\}|(?<!\w)%\{[A-Za-z_][\w.]{1,40}\}|%\([A-Za-z_]\w{1,40}\)s",
            # phpList, Campaign Monitor, MailerLite, Infusionsoft, Word
            r"\[\[[\w._ :-]{1,60}\]\]",
            rf"(?<![\[\w])\[(?=[A-Z]{{3}}|[a-z]{{2,12}}[._-]?name|[a-z]{{2,20}}_|[a-z]{{5,20}},)"
            rf"(?i:{_FIELD}){_DEFAULT}\](?![(\[\]])",
            rf"<<\s?(?i:{_FIELD})\s?>>|«\s?(?:[A-Z][a-z]{{1,20}}_?N|[A-Z]{{2}}[A-Z_]{{1,20}})[A-Za-z_]{{0,20}}\s?»",
            rf"##\s?(?i:{_FIELD})\s?##|@@(?i:{_FIELD})@@|(?<!\w)~[A-Z][A-Za-z]{{1,20}}\.[A-Z]\w{{1,30}}~",
            r"\[%.{1,60}?%\]",
            rf"(?<![\w$])\$(?i:{_FIELD})\$(?![\w$])|<(?i:[a-z]{{1,12}}_name|fname|lname|firstname|lastname)>",
        )
    )
)  # fmt: skip
#: What stands before braces in a formula: `\frac`, `^`, `_`, or other braces.
_TEX = re.compile(r"(?:\\[A-Za-z]{1,20}|[\^_}])$")
_WIKI = re.compile(r"\[\[")
_FIELD_ALONE = re.compile(rf"\[\[\s?(?:{_FIELD})\s?\]\]", re.IGNORECASE)
_BODY = "/html/body/descendant::text()"
_LITERAL = ("code", "pre", "style", "script")
_HINT = 'Write {{ name }} or {{ name | "reader" }}, or remove it. To show it as it is, format it as code.'
#: How many places and marks a finding names.
_MAX_NAMED = 12


def find_marks(text: str) -> list[str]:
    """Return what looks like a field of a template language in *text*; wiki links and formulas do not."""
    found = [each for each in _MARK.finditer(text) if not _TEX.search(text[: each.start()][-24:])]
    marks = [each[0] for each in found]
    return [mark for mark in marks if not _WIKI.match(mark) or _is_field(mark)]


def check_template_marks(edition: Edition, parts: Sequence[HtmlPart]) -> Iterator[Finding]:
    """Yield one finding for the subject and one for the rest, each of which names all places."""
    subject = "".join(p.text for p in flatten(edition.subject) if isinstance(p, LiteralText))
    if marks := find_marks(subject):
        yield error(
            code="field.unresolved",
            where=f"{_join(marks)} in the subject",
            message="This looks like a field but cannot be read as one: readers would see it as it stands.",
            hint=_HINT,
        )
    places: dict[str, None] = {}
    marks = []
    for place, found in (each for part in parts for each in _find_places(part)):
        places[place] = None
        marks += found
    if marks:
        kind = "look like fields" if len(set(marks)) > 1 else "looks like a field"
        yield warning(
            code="field.unresolved",
            where="; ".join(_limit(list(places))),
            message=f"{_join(marks)} {kind} of a mail system. Readers would see it as it stands.",
            hint=_HINT,
        )


def _find_places(part: HtmlPart) -> Iterator[tuple[str, list[str]]]:
    """Yield where marks are in *part*, and the marks there."""
    for text in part.document.xpath(_BODY):
        if (marks := find_marks(text)) and not _is_literal(text):
            yield quote_context(text.getparent()), marks
    for element in part.document.iter("a", "img"):
        for name in ("href", "src", "alt", "title"):
            value = element.get(name) or ""
            if marks := find_marks(unquote(value)):
                kind = {"href": "the link", "src": "the image"}.get(name, "the alternative text")
                yield f"{kind} {shorten(value)}", marks


def _is_literal(text: Any) -> bool:  # Any: a text node of lxml
    """Whether *text* is shown as it is, or not at all."""
    element = get_parent(text)
    return element.tag in _LITERAL or next(element.iterancestors(*_LITERAL), None) is not None


def _is_field(mark: str) -> bool:
    inner = mark.strip("[] ")
    is_titled = inner[:1].isupper() and not inner.isupper()
    return bool(_FIELD_ALONE.fullmatch(mark)) and not is_titled


def _join(marks: Iterable[str]) -> str:
    return ", ".join(_limit(list(dict.fromkeys(shorten(mark, 80) for mark in marks))))


def _limit(items: list[str]) -> list[str]:
    rest = len(items) - _MAX_NAMED
    return [*items[:_MAX_NAMED], *([f"and {rest} more"] if rest > 0 else [])]
