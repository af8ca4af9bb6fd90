"""
HTML and CSS features in a newsletter that some email clients do not support.

The least capable of the common clients counts. Gaps that do no harm are accepted, each with its reason: there the
newsletter looks plainer but is just as readable.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks.findings import join_first, note, shorten, warning
from pipeline.checks.html.caniemail import load_support
from pipeline.checks.html.css_features import find_features
from pipeline.checks.html.html_part import HtmlPart
from pipeline.models.finding import Finding

#: Features that may be used although some clients lack them, and why.
ACCEPTED_GAPS = {
    # does no harm where it is missing
    "css-at-media": "the default layout is for wide screens, and Outlook for Windows runs on one",
    "css-at-media-prefers-color-scheme": "light mode is used, or the client's own inversion",
    "css-at-media-prefers-reduced-motion": "only removes motion",
    "css-pseudo-class-hover": "a hint for mouse users, besides the underline",
    "css-text-decoration-thickness": "the underline is thinner",
    "css-text-underline-offset": "the underline is closer",
    "css-text-decoration-color": "the underline has the color of its text",
    "css-border-radius": "corners are square",
    "css-box-shadow": "the block has no shadow",
    "css-min-width": "columns may get narrower; for Outlook the appeal has a table",
    "css-text-transform": "small print is not in capitals",
    "css-letter-spacing": "text is set closer",
    "css-word-spacing": "MJML sets it to the default",
    "css-outline": "MJML removes an outline that only old clients draw",
    "css-hyphens": "lines break at spaces only",
    "css-hyphenate-limit-chars": "lines break at spaces only",
    "css-text-wrap": "headings break at any space",
    "css-orphans": "only for printing",
    "css-widows": "only for printing",
    "css-color-scheme": "light mode is used",
    "css-selector-child": "only in rules for phones and dark mode, neither of which applies to Outlook for Windows",
    "css-selector-descendant": "missing only in Gmail for non-Gmail accounts, which drops all style sheets anyway",
    "css-selector-attribute": "only to style the links that one client adds",
    "css-important": "only in rules for phones and dark mode",
    # has a fallback
    "css-max-width": "a conditional comment gives Outlook for Windows a table of that width",
    "css-max-height": "only helps to hide the preheader in clients that ignore display: none",
    "css-overflow": "only helps to hide the preheader in clients that ignore display: none",
    "css-display-none": "mso-hide hides the preheader in Outlook for Windows",
    "css-table-layout": "the cells have widths",
    "css-white-space": "the element is <pre>, which keeps its line breaks",
    "css-word-break": "breaks long URLs; without it the cell grows",
    "css-overflow-wrap": "breaks long URLs; without it the cell grows",
    "css-word-wrap": "breaks long URLs; without it the cell grows",
    "css-line-height": "Outlook for Windows uses pixels as a minimum height",
    "css-background": "colors work everywhere; background images have a check of their own",
    "css-border": "thin borders work everywhere, thick ones are on table cells",
    "css-font-size": "pixels work everywhere; rem has a check of its own",
    "css-font-weight": "normal and bold work everywhere",
    "css-text-decoration": "underline and none work everywhere",
    "css-height": "only rules and spacers have one",
    "css-width": "images and cells have the attribute too",
    # in the document
    "html-style": "everything essential is in style attributes too",
    "html-lists": "reversed and value are not used",
    "html-lang": "it is also on the outer elements",
    "html-dir": "it is also on the outer elements",
    "html-role": "Yahoo keeps it on tables, where it matters",
    "html-aria-label": "only repeats the visible text",
    "html-anchor-links": "notes are readable without jumping, and have both kinds of anchors",
    "html-meta-color-scheme": "light mode is used",
}


def check_client_support(part: HtmlPart) -> Iterator[Finding]:
    """Yield the features in use that some common email clients lack."""
    support = load_support()
    for slug, place in find_features(part).items():
        feature = support.features.get(slug)
        if feature is None or slug in ACCEPTED_GAPS:
            continue
        tested = f"(tested {feature.tested}, data of {support.date})"
        hint = f"See https://www.caniemail.com/features/{slug}/ for what works, or do without it."
        if feature.unsupported_in:
            clients = join_first(_merge_platforms(feature.unsupported_in))
            yield warning(
                code="client.unsupported",
                where=shorten(place),
                message=f"{feature.title} does not work in {clients} {tested}: readers there see it differently.",
                hint=hint,
            )
        else:
            clients = join_first(_merge_platforms(feature.partial_in))
            yield note(
                code="client.partial",
                where=shorten(place),
                message=f"{feature.title} works only partly in {clients} {tested}.",
                hint=hint,
            )


def _merge_platforms(clients: tuple[str, ...]) -> list[str]:
    """Return *clients* without their mobile versions if the client itself is listed."""
    return [
        client
        for client in clients
        if (name := client.partition(" on ")[0]) == client or name not in clients
    ]
