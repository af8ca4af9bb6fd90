"""Accessibility: axe-core finds no violation, in any theme, for any sample, in light or dark mode."""

from __future__ import annotations

from functools import cache

import pytest
from mjml import mjml2html
from playwright.sync_api import Page

from pipeline.files import find_shipped
from pipeline.project import Project
from pipeline.rendering import Theme, render
from tests.browser import Browser, violations
from tests.rendering.sample_issues import ISSUES, SEEDS_IN_THEMES, THEMES, fill_sample
from tests.support import ROOT, SEEDS

GATE = (
    *("html-has-lang", "html-lang-valid", "valid-lang", "document-title", "image-alt", "link-name"),
    *("link-in-text-block", "color-contrast", "heading-order", "empty-heading"),
    *("page-has-heading-one", "list", "listitem", "definition-list", "dlitem", "td-headers-attr"),
    *("th-has-data-cells", "scope-attr-valid", "presentation-role-conflict", "meta-viewport"),
    *("aria-allowed-attr", "aria-allowed-role", "aria-valid-attr", "aria-valid-attr-value"),
    *("aria-roles", "aria-deprecated-role", "aria-hidden-focus", "image-redundant-alt"),
    *("target-size", "duplicate-id-aria", "scrollable-region-focusable", "tabindex"),
    *(
        "empty-table-header",
        "label-content-name-mismatch",
        "landmark-unique",
        "table-duplicate-name",
    ),
)
#: What the colours of the dark scheme can break.
OF_COLOURS = ("color-contrast", "link-in-text-block")
#: What axe does not look at: the children of the body that have no language or no direction, and layout told as tables.
UNTOLD = """() => {
  const children = [...document.body.children].filter(e => !(e.lang && e.dir));
  const tables = [...document.querySelectorAll("table")].filter(e => !e.matches(".data, .stack")
    && !/^(presentation|none)$/.test(e.getAttribute("role")));
  return [...children, ...tables].map(e => `no lang and dir, or no role: ${e.outerHTML.slice(0, 99)}`);
}"""
SMALL = """() => [...document.querySelectorAll(".solid, .outline")]
  .filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"""


@cache
def theme(name: str) -> Theme:
    return Theme.find(name, [find_shipped("templates")])


@cache
def render_email(name: str, theme_name: str) -> str:
    """Return a hand-made email, or a sample as the project of this checkout sends it."""
    if name in ISSUES:
        return fill_sample(render(ISSUES[name], theme(theme_name)).html)
    project = Project.open(ROOT)
    issue = project.edit(project.load(str(SEEDS / name)))
    edition = render(issue, theme(theme_name), read_image=lambda src: (SEEDS / src).read_bytes())
    return fill_sample(edition.html)


def barriers(page: Page) -> list[str]:
    """Return what axe finds, on a light screen and then on a dark one."""
    found = [*violations(page, GATE), *page.evaluate(UNTOLD), *page.evaluate(SMALL)]
    page.emulate_media(color_scheme="dark")
    return found + [f"dark: {line}" for line in violations(page, OF_COLOURS)]


EMAILS = [*((name, theme_name) for name in ISSUES for theme_name in THEMES), *SEEDS_IN_THEMES]


@pytest.mark.parametrize(("name", "theme_name"), EMAILS)
def test_emails_have_no_violations(browser: Browser, name: str, theme_name: str) -> None:
    """No rule is violated, and buttons are large enough for a thumb."""
    assert [] == browser.in_page(render_email(name, theme_name), barriers)


#: After `newsletter` and `basic` of MJML's own samples: pictures without words for them, grey on grey, no headings.
DEFECTIVE = {
    "newsletter": """
<mjml><mj-body background-color="#e1e8ed">
  <mj-section background-color="white"><mj-column>
    <mj-image src="https://e.example.org/a.png" width="50px" />
    <mj-text align="center" font-size="20px" color="grey" font-weight="200">Here is what you have missed</mj-text>
  </mj-column></mj-section>
  <mj-section background-color="#f3f3f3"><mj-column>
    <mj-text color="rgb(165, 176, 184)">Our new features</mj-text>
    <mj-image src="https://e.example.org/b.png" />
    <mj-text color="grey">The ferry runs on Sundays again, from the old slip and only when there is no fog.</mj-text>
  </mj-column></mj-section>
</mj-body></mjml>""",
    "basic": """
<mjml><mj-body>
  <mj-section background-color="#fafafa"><mj-column>
    <mj-text font-style="italic" font-size="20px" color="#626262">The Tern</mj-text>
    <mj-image src="https://e.example.org/a.png" width="200px" />
    <mj-button background-color="#f45e43" href="https://e.example.org">Learn more</mj-button>
  </mj-column></mj-section>
</mj-body></mjml>""",
}


@pytest.mark.parametrize("name", DEFECTIVE)
def test_violations_are_found(browser: Browser, name: str) -> None:
    """Images without alt text, low contrast, no title and no heading are reported."""
    html = mjml2html(DEFECTIVE[name], fonts={})

    broken = {
        line.split(":")[0] for line in browser.in_page(html, lambda page: violations(page, GATE))
    }
    assert {"image-alt", "color-contrast", "document-title", "page-has-heading-one"} == broken


def test_low_contrast_in_dark_mode_is_found(browser: Browser) -> None:
    """Colors are checked in dark mode too."""
    html = render_email("everything", "default").replace(
        theme("default").tokens.dark.text, theme("default").tokens.dark.panel
    )

    found = browser.in_page(html, barriers)
    assert found
    assert {"dark"} == {line.split(":")[0] for line in found}
