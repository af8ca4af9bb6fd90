"""One list of tracking parameters: what the check reports, the loader removes."""

from __future__ import annotations

import pytest

from pipeline.loaders.html.urls import strip_tracking
from pipeline.tracking_parameters import is_tracking_parameter
from tests.checks.samples import codes, with_html

PAGE = "https://news.example.net/story"


@pytest.mark.parametrize(
    "name",
    "utm_source utm_content fbclid gclid mc_eid mkt_tok _hsenc vero_id igsh spm bxid ck_subscriber_id "
    "srsltid pk_campaign mtm_kwd UTM_Source".split(),
)
def test_what_the_check_reports_the_loader_removes(name: str) -> None:
    """A page loaded by Handbill has none of the parameters that the check reports."""
    url = f"{PAGE}?id=3&{name}=x"

    assert ["link.tracking"] == codes(with_html(f'<p><a href="{url}">The story of a bell</a></p>'))
    assert (f"{PAGE}?id=3", [f"{name}=x"]) == strip_tracking(url)


@pytest.mark.parametrize("name", ["id", "page", "utm", "ref", "lang", "spam"])
def test_other_parameters_are_preserved(name: str) -> None:
    """Parameters that a page may need are neither reported nor removed."""
    assert not is_tracking_parameter(name)
    assert (f"{PAGE}?{name}=x", []) == strip_tracking(f"{PAGE}?{name}=x")
