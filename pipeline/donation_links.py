"""
What the links of donation processors can say: only parameters that their own documentation names.

Left out because no documentation of theirs was found: Donorbox, EveryAction, PayPal; ActBlue's `refcode2`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, kw_only=True, slots=True)
class Processor:
    """
    The parameters in the query of a processor's links.

    Args:
        title: Its name as readers know it.
        amount: Takes major units; null if a link cannot name an amount.
        monthly: Name and value that make a gift monthly; null if a link cannot say that.
        refcode: Takes the reference code; without one it travels as `utm_content`.
        has_cents: Whether amounts may have a fraction.
        at_once: Name and value by which the gift is made when the link is opened, if payment details are saved.
    """

    title: str = ""
    amount: str | None = None
    monthly: tuple[str, str] | None = None
    refcode: str | None = None
    has_cents: bool = True
    at_once: tuple[str, str] | None = None

    def charges_immediately(self, url: str) -> bool:
        """Whether opening *url* can make a gift without a further question."""
        if self.at_once is None:
            return False
        name, value = self.at_once
        return value in parse_qs(urlsplit(url).query).get(name, ())


#: A page of one's own.
GENERIC = Processor(amount="amount", monthly=("frequency", "monthly"), refcode="refcode")

#: By the name that `[appeal] processor` takes.
PROCESSORS: Mapping[str, Processor] = {
    # help.actionnetwork.org, "Using source codes"
    "actionnetwork": Processor(title="Action Network", refcode="source"),
    # support.actblue.com, "Using refcodes" (recurring=1: each month without end) and "Preset contribution amounts";
    # express_lane stands in the links that its Express Lane makes
    "actblue": Processor(
        title="ActBlue",
        amount="amount",
        monthly=("recurring", "1"),
        refcode="refcode",
        at_once=("express_lane", "true"),
    ),
    # help.anedot.com/knowledge/url-parameter: "whole number without cents"; the values of `frequency` are not told
    "anedot": Processor(title="Anedot", amount="amount", has_cents=False),
    # webfiles-sc1.blackbaud.com, "Fundraising Parameter URLs": appealid and desid are numbers of its own, so they are
    # written into the address
    "blackbaud": Processor(title="Blackbaud"),
    # docs.givebutter.com/widgets/advanced/url-prefill
    "givebutter": Processor(title="Givebutter", amount="amount", monthly=("frequency", "monthly")),
    # docs.stripe.com/payment-links/url-parameters
    "stripe": Processor(title="Stripe", refcode="client_reference_id"),
}
