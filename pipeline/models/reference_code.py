"""Reference codes: what each donation link carries so that a gift tells which issue and button it came from."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePath

from pipeline.models.article import Article
from pipeline.models.article_text import plain_text

#: Of one code. Classy takes 255 characters, Stripe 200; ActBlue and Action Network name no limit, and their reports
#: cut long ones.
MAX_CODE_CHARACTERS = 40
_ISSUE_CHARACTERS = 4
_MAX_VARIANT_CHARACTERS = 8
#: Of the text of an article without a title.
_BEGIN_CHARACTERS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueIdentity:
    """
    What tells an issue from all others.

    Args:
        code: The four base32 characters in its reference codes, lower case; "" where nothing identifies the issue.
        digest: SHA-256 that the code begins, 64 hexadecimal digits: two issues may share a code, never this.
    """

    code: str = ""
    digest: str = ""


#: Of an issue that nothing identifies.
UNKNOWN_ISSUE = IssueIdentity()


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceCode:
    """
    A reference code and the button that has it.

    Args:
        code: `[a-z0-9_]`, at most `MAX_CODE_CHARACTERS`.
        prefix: Its beginning, which all buttons of the issue share; the second column of processors with two.
        issue: The `IssueIdentity.digest`.
        variant: The code of the variant, "" for the appeal itself.
        place: `start`, `end`, or `p2` after the second paragraph.
        frequency: `once` or `monthly`; "" for the button without an amount.
        minor: The amount in minor units, None where the donor chooses it.
        currency: ISO 4217.
    """

    code: str
    prefix: str
    issue: str
    variant: str
    place: str
    frequency: str
    minor: int | None
    currency: str


def identify_issue(article: Article) -> IssueIdentity:
    """
    Return the identity of the issue made from *article*: by its URL, else by its title, date and file name.

    Its text does not count, so that it keeps its code when it is corrected between preview and sending; but without a
    title, how it begins does.
    """
    location = article.location
    name = location if "://" in location else PurePath(location).name
    begin = article.title or plain_text(article.blocks)[:_BEGIN_CHARACTERS]
    identity = article.canonical_url or "\n".join((begin, str(article.published or ""), name))
    if not identity.strip():
        return UNKNOWN_ISSUE
    digest = hashlib.sha256(identity.encode("utf-8")).digest()
    code = base64.b32encode(digest).decode("ascii")[:_ISSUE_CHARACTERS].lower()
    return IssueIdentity(code=code, digest=digest.hex())


def build_code(publication: str, issue: str, *button: str) -> str:
    """
    Return `lantern_k7qz_end_m5`: what the publication is called, the issue, and the parts that name the button.

    Empty parts are left out. A long *publication* is shortened, nothing else, so that codes stay apart.
    """
    rest = "_".join(filter(None, (issue, *button)))
    room = MAX_CODE_CHARACTERS - len(rest) - 1
    return "_".join(filter(None, (publication[: max(room, 0)].rstrip("_"), rest)))


def to_code(text: str, limit: int = _MAX_VARIANT_CHARACTERS) -> str:
    """Return *text* as part of a code: `[a-z0-9_]`, at most *limit* characters, perhaps ""."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")[:limit].strip("_")
