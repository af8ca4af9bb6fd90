"""
Ask the web after what a letter links to and shows: `handbill check --online`.

Politely: each address once, without reading pages; one request at a time for each host, and a pause between two; no
more than so many in all. Never an address by which somebody leaves the list. What is asked is guarded as fetching is
(`pipeline.net`): an article's links come from anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urlsplit

from pipeline.checks.findings import cut, listed, note, warning
from pipeline.checks.images import check_bytes, named, shown_px
from pipeline.checks.page import Page
from pipeline.checks.variants import variants
from pipeline.models.edition import Edition
from pipeline.models.finding import Finding
from pipeline.net import body
from pipeline.net.client import TROUBLES, Client, prepare, target
from pipeline.net.deadline import Deadline, Limits
from pipeline.net.transport import discreet_logs

#: Answers of servers that let no programs in, or want a login: readers may see the page.
_DOUBTFUL = frozenset({401, 402, 403, 405, 406, 407, 408, 418, 421, 423, 425, 429, 451, 503, 999})
#: Answers to HEAD of servers that know only GET.
_ASK_AGAIN = frozenset({400, 403, 404, 405, 406, 410, 429, 500, 501, 502, 503})
_PERMANENT = frozenset({301, 308})
_PIECE = 64 * 1024
#: What one address may cost.
LIMITS = Limits(size_bytes=8 * 1024 * 1024, connect_s=10, read_s=15, total_s=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Manners:
    """
    How the web is asked.

    Args:
        most: Addresses at most; of more, the first are asked after.
        pause_s: Between two requests to one host.
        hosts: Asked at the same time.
        wait: How a pause is made.
    """

    most: int = 200
    pause_s: float = 1.0
    hosts: int = 6
    wait: Callable[[float], None] = field(default=time.sleep)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """An address to ask after: a link's, or a picture's with how it is shown."""

    url: str
    where: str
    is_picture: bool = False
    shown_px: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """
    What came of it.

    Args:
        status: The last one; null if there was none.
        reason: Why there was none.
        moved_to: Where it leads for good; null if it does not, or not only for good.
        content: The bytes of a picture.
    """

    status: int | None = None
    reason: str = ""
    moved_to: str | None = None
    content: bytes = b""


def check_online(edition: Edition, client: Client, manners: Manners | None = None) -> list[Finding]:
    """Return what the web says of the links and pictures of *edition*."""
    manners = manners or Manners()
    asked = answers(edition, client, manners)
    findings = [finding for wanted, answer in asked for finding in told(wanted, answer)]
    left = list(addresses(edition))[manners.most :]
    if left:
        findings.append(
            note(
                code="link.not-asked",
                where=listed([cut(each.url) for each in left]),
                message=f"{len(left)} addresses were not asked after; {manners.most} are enough.",
                hint="Open the rest in a browser.",
            )
        )
    return list(dict.fromkeys(findings))


def answers(edition: Edition, client: Client, manners: Manners) -> list[tuple[Wanted, Answer]]:
    """Ask the web after the links and pictures of *edition*; return them with what came of it, in their order."""
    asked = list(addresses(edition))[: manners.most]
    found: dict[str, Answer] = {}
    with discreet_logs(), ThreadPoolExecutor(max_workers=manners.hosts) as pool:
        for some in pool.map(lambda group: _ask_host(group, client, manners), _by_host(asked)):
            found |= some
    return [(wanted, found[wanted.url]) for wanted in asked]


def addresses(edition: Edition) -> Iterator[Wanted]:
    """Yield every address that a letter links to or shows, in any wording, each once, without its fragment."""
    publication = edition.publication
    way_out = (publication.unsubscribe_url or "").partition("{")[0]
    seen = set()
    for variant in variants(edition):
        for wanted in _of_document(Page(variant=variant).document):
            is_web = urlsplit(wanted.url).scheme.lower() in ("http", "https")
            is_way_out = bool(way_out) and wanted.url.startswith(way_out)
            if is_web and not is_way_out and wanted.url not in seen:
                seen.add(wanted.url)
                yield wanted


def _of_document(document: Any) -> Iterator[Wanted]:  # Any: lxml has no types
    for node in document.iter("img", "a"):
        if node.tag == "img":
            yield Wanted(
                url=node.get("src") or "",
                where=named(node),
                is_picture=True,
                shown_px=shown_px(node),
            )
        elif node.get("href"):
            words = cut(node.text_content(), 40)
            url = urldefrag(node.get("href").strip()).url
            yield Wanted(url=url, where=f'the link "{words}" to {cut(url, 90)}')


def _by_host(wanted: Iterable[Wanted]) -> list[list[Wanted]]:
    groups: dict[str, list[Wanted]] = {}
    for each in wanted:
        groups.setdefault(urlsplit(each.url).netloc.lower(), []).append(each)
    return list(groups.values())


def _ask_host(group: list[Wanted], client: Client, manners: Manners) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for place, wanted in enumerate(group):
        if place:
            manners.wait(manners.pause_s)
        answers[wanted.url] = ask(wanted, client, manners)
    return answers


def ask(wanted: Wanted, client: Client, manners: Manners) -> Answer:
    """Ask after one address: by HEAD, and by GET where that is not understood; a picture is read."""
    if wanted.is_picture:
        return _follow(wanted, "GET", client)
    answer = _follow(wanted, "HEAD", client)
    if answer.status is not None and answer.status not in _ASK_AGAIN:
        return answer
    if answer.status is None and not answer.reason.startswith("the connection broke off"):
        return answer
    manners.wait(manners.pause_s)
    return _follow(wanted, "GET", client)


def _follow(wanted: Wanted, method: str, client: Client) -> Answer:
    url, is_permanent = wanted.url, True
    with Deadline(client.limits.total_s) as deadline:
        try:
            with client.session(deadline, {"Accept": "*/*"}) as session:
                for hop in range(client.limits.redirects + 1):
                    request = prepare(session, url, method)
                    with client.answer(session, request, deadline) as response:
                        leads_to = target(response)
                        if leads_to is None:
                            content = _content(response, wanted, client)
                            moved_to = url if hop and is_permanent else None
                            return Answer(
                                status=response.status_code, moved_to=moved_to, content=content
                            )
                        is_permanent = is_permanent and response.status_code in _PERMANENT
                    url = leads_to
        except TROUBLES as error:
            return Answer(reason=client.reason(error, deadline))
    return Answer(reason=f"it leads on more than {client.limits.redirects} times.")


def _content(response: Any, wanted: Wanted, client: Client) -> bytes:
    if not wanted.is_picture or response.status_code != 200:
        return b""
    pieces = response.raw.stream(_PIECE, decode_content=False)
    coding = response.headers.get("content-encoding", "")
    return body.decoded(pieces, coding, client.limits.size_bytes)


# What is told


def told(wanted: Wanted, answer: Answer) -> Iterator[Finding]:
    """Yield what a person should know of *answer*, nothing if all is well."""
    if answer.status is None or (answer.status >= 400 and answer.status not in _DOUBTFUL):
        yield _unreachable(wanted, answer)
    elif answer.status in _DOUBTFUL:
        yield note(
            code="link.doubtful",
            where=wanted.where,
            message=f"The server answers {answer.status}: it lets no programs in, or wants a login.",
            hint="Open it in a browser.",
        )
    elif answer.moved_to and not wanted.is_picture:
        yield note(
            code="link.redirects-permanently",
            where=wanted.where,
            message=f"The page has moved for good, to {cut(answer.moved_to, 100)}.",
            hint="Write the new address.",
        )
    if answer.content:
        yield from check_bytes(answer.content, where=wanted.where, shown_px=wanted.shown_px)


def _unreachable(wanted: Wanted, answer: Answer) -> Finding:
    reasons = {
        None: answer.reason,
        404: "there is no such page (404).",
        410: "the page is gone for good (410).",
    }
    reason = reasons.get(answer.status, f"the server fails ({answer.status}).")
    if wanted.is_picture:
        return warning(
            code="image.unreachable",
            where=wanted.where,
            message=f"Readers would not see it: {reason}",
            hint="Mend its address, or put the file beside the article; then it travels in the letter.",
        )
    return warning(
        code="link.unreachable",
        where=wanted.where,
        message=f"It leads to nothing: {reason}",
        hint="Mend the address, or link to a copy in an archive.",
    )
