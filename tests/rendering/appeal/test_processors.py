"""Donation pages: recognized by their address, and buttons that do what they say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.donation_links import PROCESSORS, find_processor
from pipeline.models.finding import Severity
from pipeline.models.issue import Appeal, AppealAmount, AppealVariant, Frequency, Position
from pipeline.rendering.appeal.button_links import build_donation_url
from tests.rendering.appeal.test_reference_codes import edit
from tests.rendering.sample_issues import article, make_issue, render_sample

TEN, MONTHLY = AppealAmount(minor=1000), AppealAmount(minor=500, frequency=Frequency.MONTHLY)
GIVE = "https://give.example.org/"
ASK = Appeal(heading="Ask", button=None, url=GIVE, currency="EUR", refcode="r")

PAGES = {
    "https://secure.actblue.com/donate/tern": "actblue",
    "https://buy.stripe.com/abc": "stripe",
    "https://donate.stripe.com/abc?x=1": "stripe",
    "https://donorbox.org/tern": "donorbox",
    "https://actionnetwork.org/fundraising/tern": "actionnetwork",
    "https://givebutter.com/tern": "givebutter",
    "https://secure.anedot.com/tern/donate": "anedot",
    "https://tern.fundraiseup.com/give": "fundraiseup",
    "https://www.paypal.com/donate/?business=X": "paypal",
    "https://give.classy.org/campaign/tern": "classy",
    "https://giving.gofundmepro.org/campaign/651609/donate": "classy",
    "https://tern.raisely.com": "raisely",
    "https://ko-fi.com/tern": "kofi",
    "https://liberapay.com/tern/donate": "liberapay",
    "https://opencollective.com/tern/donate": "opencollective",
    "https://host.nxt.blackbaud.com/adaptive-donor-form?formId=1": "blackbaud",
    "https://www.paypal.com/paypalme/tern": "",
    "https://notdonorbox.org/tern": "",
    "https://donorbox.org.example.org/tern": "",
    "https://tern.example.org/donorbox.org": "",
}


@pytest.mark.parametrize("url", PAGES)
def test_a_page_is_recognized_by_its_address(url: str) -> None:
    """By the host and what is below it, never by a part of a name."""
    assert PAGES[url] == find_processor(url)


def test_every_processor_is_recognized() -> None:
    """The list above has a page of each."""
    assert set(PROCESSORS) == set(PAGES.values()) - {""}


def test_the_configuration_wins() -> None:
    """`processor` names one for a page on a host of one's own."""
    given = edit(article("x"), url=GIVE, processor="donorbox").appeals[0]
    found = edit(article("x"), url="https://donorbox.org/tern").appeals[0]

    assert ("donorbox", "donorbox") == (given.processor, found.processor)


def list_ignored(appeal: Appeal) -> list[str]:
    """Return the messages of errors about buttons that lead elsewhere than they say."""
    return [
        each.message
        for each in render_sample(make_issue(article("One."), appeals=(appeal,))).findings
        if each.code == "appeal.amount-ignored" and each.severity is Severity.ERROR and each.hint
    ]


@pytest.mark.parametrize(
    ("processor", "url", "amounts", "message"),
    [
        ("stripe", GIVE, (TEN,), "Links to Stripe cannot set an amount"),
        ("stripe", GIVE + "?sum={amount}", (TEN,), ""),
        ("stripe", GIVE, (), ""),
        ("paypal", GIVE + "?business=X", (TEN,), ""),
        ("paypal", GIVE + "?hosted_button_id=X", (TEN,), "Links to PayPal cannot set an amount"),
        (
            "classy",
            GIVE,
            (TEN, MONTHLY),
            "Links to GoFundMe Pro (Classy) cannot set a monthly gift",
        ),
        ("classy", GIVE + "?every={frequency}", (MONTHLY,), ""),
        ("anedot", GIVE, (AppealAmount(minor=750),), "whole amounts only, not 7.50."),
        ("actblue", GIVE, (TEN, MONTHLY, AppealAmount(minor=750)), ""),
        ("", GIVE, (TEN, MONTHLY), ""),
    ],
)
def test_a_button_says_what_its_link_does(
    processor: str, url: str, amounts: tuple[AppealAmount, ...], message: str
) -> None:
    """An amount that the page cannot take is an error with a way out, in variants too."""
    appeal = replace(ASK, processor=processor, url=url, amounts=amounts)
    for each in (
        appeal,
        replace(ASK, variants=(AppealVariant(field="x", values=("y",), appeal=appeal),)),
    ):
        found = list_ignored(each)
        assert bool(message) == bool(found)
        assert all(message in text for text in found)


@pytest.mark.parametrize(
    ("url", "amount", "expected"),
    [
        (GIVE + "?every={frequency}&n={amount}", MONTHLY, GIVE + "?every=m&n=5&refcode=r_end_m5"),
        (GIVE + "?every={frequency}&n={amount}", TEN, GIVE + "?n=10&refcode=r_end_10"),
        (GIVE + "?n={amount}&f=1&c={currency}", None, GIVE + "?f=1&refcode=r_end"),
        (GIVE + "?n={amount}#top", None, GIVE + "?refcode=r_end#top"),
        (GIVE + "?empty=", None, GIVE + "?empty=&refcode=r_end"),
        (GIVE + "?amount=25&refcode=old&f=1", TEN, GIVE + "?f=1&amount=10&refcode=r_end_10"),
        (GIVE + "?amount=25", None, GIVE + "?amount=25&refcode=r_end"),
        (GIVE, MONTHLY, GIVE + "?amount=5&refcode=r_end_m5&frequency=m"),
    ],
)
def test_own_templates(url: str, amount: AppealAmount | None, expected: str) -> None:
    """Own values for the frequency; no pair without a value; no parameter twice."""
    appeal = replace(ASK, url=url, once_value="", monthly_value="m")

    assert expected == build_donation_url(appeal, Position(), amount)


def test_own_values_are_configured() -> None:
    """`[appeal.values]` sets them."""
    appeal = edit(article("x"), values={"monthly": "m"}).appeals[0]

    assert ("once", "m") == (appeal.once_value, appeal.monthly_value)
