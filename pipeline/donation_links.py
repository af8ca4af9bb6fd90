"""
The URL parameters of donation processors, each from the page named with it.

Where no page of a processor names a parameter, its links have none: a button that shows an amount and leads to a page
which ignores it is a finding, and placeholders in the URL are the way out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, kw_only=True, slots=True)
class Processor:
    """
    The query parameters of a processor's links.

    Args:
        title: Its display name.
        hosts: The hosts of its pages, with all below them.
        path: What the path begins with, where a host has other pages too.
        amount: Takes major units; None if a link cannot set an amount.
        fixed_amount: A parameter with which a link cannot set one.
        monthly: Name and value that make a gift monthly; None if a link cannot.
        refcode: Takes the reference code; None puts it into `utm_content`.
        issue_code: Takes what all codes of an issue begin with, where the processor has a second column.
        has_cents: Whether amounts may have decimals.
        immediate: Name and value that donate when the link is opened, if the payment details are saved.
    """

    title: str = ""
    hosts: tuple[str, ...] = ()
    path: str = "/"
    amount: str | None = None
    fixed_amount: str | None = None
    monthly: tuple[str, str] | None = None
    refcode: str | None = None
    issue_code: str | None = None
    has_cents: bool = True
    immediate: tuple[str, str] | None = None

    def charges_immediately(self, url: str) -> bool:
        """Whether opening *url* can donate without a confirmation."""
        if self.immediate is None:
            return False
        name, value = self.immediate
        return value in parse_qs(urlsplit(url).query).get(name, ())

    def takes_amount(self, url: str) -> bool:
        """Whether a link to *url* can set an amount."""
        if "{amount}" in url:
            return True
        has_fixed = self.fixed_amount is not None and self.fixed_amount in parse_qs(
            urlsplit(url).query
        )
        return self.amount is not None and not has_fixed

    def takes_monthly(self, url: str) -> bool:
        """Whether a link to *url* can make a gift monthly."""
        return "{frequency}" in url or self.monthly is not None

    def hosts_page(self, url: str) -> bool:
        """Whether *url* is a page of this processor."""
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
        is_host = any(host == each or host.endswith(f".{each}") for each in self.hosts)
        return is_host and (parts.path or "/").startswith(self.path)


#: Any other donation page.
GENERIC = Processor(amount="amount", monthly=("frequency", "monthly"), refcode="refcode")

#: By the name that `[appeal] processor` takes.
PROCESSORS: Mapping[str, Processor] = {
    # help.actionnetwork.org, "Using source codes"; no page of its own names an amount
    "actionnetwork": Processor(
        title="Action Network", hosts=("actionnetwork.org",), refcode="source"
    ),
    # support.actblue.com, "Using refcodes" (recurring=1: each month without end) and "Preset contribution amounts";
    # refcode2: "Refcodes", "Using multiple refcodes"; express_lane is in the links that its Express Lane makes
    "actblue": Processor(
        title="ActBlue",
        hosts=("secure.actblue.com",),
        amount="amount",
        monthly=("recurring", "1"),
        refcode="refcode",
        issue_code="refcode2",
        immediate=("express_lane", "true"),
    ),
    # help.anedot.com/knowledge/url-parameter: "whole number without cents"; it does not name the values of `frequency`
    "anedot": Processor(title="Anedot", hosts=("anedot.com",), amount="amount", has_cents=False),
    # webfiles-sc1.blackbaud.com, "Fundraising Parameter URLs": appealid and desid are its own numbers, so
    # users write them into the URL
    "blackbaud": Processor(title="Blackbaud", hosts=("blackbaud.com",)),
    # support.classy.org, "A Guide to Pass-through Parameters" (amount); prosupport.gofundme.com, "Source codes":
    # two columns of 255 characters. Neither names a parameter for monthly gifts.
    "classy": Processor(
        title="GoFundMe Pro (Classy)",
        hosts=("classy.org", "gofundmepro.org", "gofundmepro.com"),
        amount="amount",
        refcode="c_src",
        issue_code="c_src2",
    ),
    # no page of donorbox.zendesk.com that names parameters was found; both are those of the code that it gives for
    # embedded forms, and of public links to it (November 2026)
    "donorbox": Processor(
        title="Donorbox",
        hosts=("donorbox.org",),
        amount="amount",
        monthly=("default_interval", "m"),
    ),
    # no page of fundraiseup.com/docs that names parameters of links was found
    "fundraiseup": Processor(title="Fundraise Up", hosts=("fundraiseup.com",)),
    # docs.givebutter.com/widgets/advanced/url-prefill
    "givebutter": Processor(
        title="Givebutter",
        hosts=("givebutter.com",),
        amount="amount",
        monthly=("frequency", "monthly"),
    ),
    # no page of ko-fi.com that names parameters was found
    "kofi": Processor(title="Ko-fi", hosts=("ko-fi.com",)),
    # no page of liberapay.com that names parameters was found, nor does its source (www/%username/donate.spt)
    "liberapay": Processor(title="Liberapay", hosts=("liberapay.com",)),
    # documentation.opencollective.com, "Creating Custom Fundraising URLs" (github.com/opencollective/documentation):
    # amount, interval, and tags that are attached to the contribution
    "opencollective": Processor(
        title="Open Collective",
        hosts=("opencollective.com",),
        amount="amount",
        monthly=("interval", "month"),
        refcode="tags",
    ),
    # developer.paypal.com, "HTML Variables for PayPal Payments Standard": amount of a donation, and custom, which only
    # the seller sees; a hosted button keeps its values on PayPal's side
    "paypal": Processor(
        title="PayPal",
        hosts=("paypal.com",),
        path="/donate",
        amount="amount",
        fixed_amount="hosted_button_id",
        refcode="custom",
    ),
    # no page of support.raisely.com that names parameters of links was found
    "raisely": Processor(title="Raisely", hosts=("raisely.com",)),
    # docs.stripe.com/payment-links/url-parameters: it drops a client_reference_id in silence that has other
    # characters than letters, digits, - and _, or more than 200
    "stripe": Processor(
        title="Stripe",
        hosts=("buy.stripe.com", "donate.stripe.com"),
        refcode="client_reference_id",
    ),
}


def find_processor(url: str) -> str:
    """Return the name of the processor whose page *url* is, "" for any other page."""
    return next((name for name, each in PROCESSORS.items() if each.hosts_page(url)), "")
