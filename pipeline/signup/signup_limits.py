"""
Limits on sign-ups, counted in the database, so that several processes share them.

A single inbox gets at most one message in `INBOX_PERIOD` and `INBOX_MAX` in `INBOX_LONG_PERIOD`. That is decided after
the answer, because the answer must not tell whose address got one. The limits here do not depend on the inbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from ipaddress import IPv6Address, ip_address, ip_network

from pipeline.subscribers.signups.signup_queries import SignupCounts

#: One inbox gets one message in this time, over all lists …
INBOX_PERIOD = timedelta(hours=24)
#: … and this many in the longer one.
INBOX_MAX, INBOX_LONG_PERIOD = 3, timedelta(days=30)
#: Within this time sign-ups are counted.
WINDOW = timedelta(hours=1)
#: How many addresses may be typed into one form that was shown.
FORM_MAX = 3
#: Of the messages sent this long ago, and not longer than that, it is counted who confirmed.
ANSWER_START, ANSWER_END = timedelta(hours=25), timedelta(hours=1)
#: From this many on, a smaller share of confirmed ones means that somebody types other people's addresses …
ANSWERS_MIN_COUNT, ANSWERS_MIN_SHARE = 50, 0.1
#: … and only this part of the sign-ups is allowed.
_BRAKED_PART = 10
#: Without a proof of work, where one is asked for, a network has this part of its limit.
_UNPROVEN_PART = 5
#: What a provider gives one customer, at most (IPv4), and at least (IPv6, RFC 6177 §2).
_IPV4_PREFIX, _IPV6_PREFIX = 24, 56


class SignupAnswer(Enum):
    """What becomes of a request, as far as the visitor is told."""

    #: A message is sent, if the address may be written to.
    ACCEPTED = "accepted"
    #: The form was used too often: it is shown again.
    FORM_USED = "form used"
    #: Too many from this network, or for this domain.
    BUSY = "busy"
    #: Too many altogether.
    BRAKED = "braked"


@dataclass(frozen=True, kw_only=True, slots=True)
class SignupLimits:
    """
    How many sign-ups are accepted in an hour.

    Args:
        per_hour: Altogether.
        per_domain: Addresses of one domain.
        per_network: From one network.
        needs_proof: Whether a network without a proof of work has a lower limit.
    """

    per_hour: int = 300
    per_domain: int = 60
    per_network: int = 20
    needs_proof: bool = False

    def decide(
        self, counts: SignupCounts, answers: tuple[int, int], *, is_proven: bool
    ) -> tuple[SignupAnswer, str]:
        """
        Return the answer to one more sign-up, and for a brake the reason.

        Args:
            answers: How many messages were sent lately, and how many of them were confirmed.
        """
        if counts.form >= FORM_MAX:
            return SignupAnswer.FORM_USED, ""
        unproven_max = max(1, self.per_network // _UNPROVEN_PART)
        is_unproven_full = self.needs_proof and not is_proven and counts.unproven >= unproven_max
        if counts.network >= self.per_network or is_unproven_full:
            return SignupAnswer.BUSY, ""
        if counts.domain >= self.per_domain:
            return SignupAnswer.BUSY, ""
        sent, confirmed = answers
        is_distrusted = sent >= ANSWERS_MIN_COUNT and confirmed < ANSWERS_MIN_SHARE * sent
        if is_distrusted and counts.total >= max(1, self.per_hour // _BRAKED_PART):
            return (
                SignupAnswer.BRAKED,
                f"of {sent:,} messages sent within a day only {confirmed:,} were confirmed",
            )
        if counts.total >= self.per_hour:
            return SignupAnswer.BRAKED, f"more than {self.per_hour:,} an hour"
        return SignupAnswer.ACCEPTED, ""


def find_network(client: str) -> str:
    """Return the network of the IP address *client*: /24 for IPv4, /56 for IPv6."""
    try:
        address = ip_address(client)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return find_network(str(address.ipv4_mapped))
        return str(ip_network((address, _IPV6_PREFIX), strict=False))
    return str(ip_network((address, _IPV4_PREFIX), strict=False))
