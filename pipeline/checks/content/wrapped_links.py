"""Links through a service that records who opens them, or that name a mailbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from pipeline.checks.findings import error, join_first, shorten, warning
from pipeline.checks.html.html_part import HtmlPart, quote_context
from pipeline.models.finding import Finding

#: Hosts and paths of click counters and mail filters. Where a link names its target it was unwrapped on loading.
_DOMAINS = (
    r"list-manage\d?\.com/track/|mailchi\.mp/.{1,60}\?e=|mcsv\.net/|mandrillapp\.com/track/|ct\.sendgrid\.net/",
    r"hubspotlinks\.com/|hubspotemail\.net/|hubspotstarter\.net/|sidekickopen\d{0,3}\.com/|substack\.com/redirect/",
    r"convertkit-mail\d?\.com/|mlsendr?\d?\.com/|rs6\.net/|klclick\d?\.com/|exct\.net/|cmail\d{0,3}\.com/",
    r"createsend\d?\.com/t/|sendib[mt]\d?\.com/|sibautomation\.com/|mjt\.lu/|mailjet\.com/lnk/|pstmrk\.it/",
    r"awstrack\.me/|link\.mail\.beehiiv\.com/|acemln\w{1,3}\.com/|activehosted\.com/proc|click\.actionnetwork\.org/",
    r"mimecast(?:protect)?\.com/|urldefense(?:\.proofpoint)?\.(?:com|us)/|safelinks\.protection\.",
    r"protection\.sophos\.com/|linkprotect\.|email-od\.com/",
)
_PATHS = r"ls/click|wf/click|e/c/|c/eJ|click/|track/click|ss/c/|f/a/|uni/|CL0/"
_SERVICES = re.compile(
    rf"^(?:(?:[\w.-]{{1,100}}\.)?(?:{'|'.join(_DOMAINS)})"
    rf"|(?:clicks?|trk|track(?:ing)?|links?|e|email|go|url\d{{1,6}}|elink\w{{0,8}})\.[\w.-]{{1,80}}/(?:{_PATHS}))",
    re.IGNORECASE,
)
_MAILBOX = re.compile(
    r"(?:^|[=|&;,\s])([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5})(?:$|[&|;,\s])"
)


def check_wrapped_links(part: HtmlPart) -> Iterator[Finding]:
    """Yield links whose target only a service knows, and links that name a mailbox."""
    tracked: dict[str, None] = {}
    for link in part.links:
        href = link.get("href").strip()
        parts = _split(href)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            continue
        is_service = bool(
            _SERVICES.match(f"{parts.hostname}{parts.path or '/'}?{parts.query}"[:2000])
        )
        if is_service:
            tracked[parts.hostname] = None
        if mailbox := _MAILBOX.search(unquote(unquote(parts.query[:4000]))):
            yield _report_mailbox(link, href, mailbox[1], is_service=is_service)
    if tracked:
        yield warning(
            code="link.click-tracker",
            where=f"links to {join_first(list(tracked), limit=8)}",
            message="Only this service knows where the links lead. It records who opens them, and may end one day.",
            hint="Open each link once, and write the URL of the page that it ends at.",
        )


# Any: lxml has no types
def _report_mailbox(link: Any, href: str, mailbox: str, *, is_service: bool) -> Finding:
    return (error if is_service else warning)(
        code="link.mailbox",
        where=quote_context(link),
        message=f"The link contains the mail address {mailbox}, which every reader would get: {shorten(href)}.",
        hint="Open the link, and write the URL of the page that it ends at.",
    )


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None
