"""
The URL parameters of donation processors, as far as their own documentation names them.

Missing, because no documentation was found: Donorbox, EveryAction, PayPal.
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
        amount: Takes major units; None if a link cannot set an amount.
        monthly: Name and value that make a gift monthly; None if a link cannot.
        refcode: Takes the reference code; None puts it into `utm_content`.
        issue_code: Takes what all codes of an issue begin with, where the processor has a second column.
        has_cents: Whether amounts may have decimals.
        immediate: Name and value that donate when the link is opened, if the payment details are saved.
    """

    title: str = ""
    amount: str | None = None
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


#: Any other donation page.
GENERIC = Processor(amount="amount", monthly=("frequency", "monthly"), refcode="refcode")

#: By the name that `[appeal] processor` takes.
PROCESSORS: Mapping[str, Processor] = {
    # help.actionnetwork.org, "Using source codes"
    "actionnetwork": Processor(title="Action Network", refcode="source"),
    # support.actblue.com, "Using refcodes" (recurring=1: each month without end) and "Preset contribution amounts";
    # refcode2: "Refcodes", "Using multiple refcodes"; express_lane is in the links that its Express Lane makes
    "actblue": Processor(
        title="ActBlue",
        amount="amount",
        monthly=("recurring", "1"),
        refcode="refcode",
        issue_code="refcode2",
        immediate=("express_lane", "true"),
    ),
    # help.anedot.com/knowledge/url-parameter: "whole number without cents"; it does not name the values of `frequency`
    "anedot": Processor(title="Anedot", amount="amount", has_cents=False),
    # webfiles-sc1.blackbaud.com, "Fundraising Parameter URLs": appealid and desid are its own numbers, so
    # users write them into the URL
    "blackbaud": Processor(title="Blackbaud"),
    # docs.givebutter.com/widgets/advanced/url-prefill
    "givebutter": Processor(title="Givebutter", amount="amount", monthly=("frequency", "monthly")),
    # docs.stripe.com/payment-links/url-parameters
    "stripe": Processor(title="Stripe", refcode="client_reference_id"),
}
