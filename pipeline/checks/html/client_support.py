"""
What some mail program does not support, of what a letter uses.

The worst verdict of the programs most people read with counts. What is lost without harm is allowed, each with its
reason: a letter is plainer there, and can be read as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.checks.findings import join_first, note, shorten, warning
from pipeline.checks.html.caniemail import load_support
from pipeline.checks.html.css_features import find_features
from pipeline.checks.html.html_part import HtmlPart
from pipeline.models.finding import Finding

#: What may be used all the same, and why.
ACCEPTED_GAPS = {
    # lost without harm
    "css-at-media": "the letter is set for a wide screen first; Outlook for Windows is on one",
    "css-at-media-prefers-color-scheme": "the light scheme stands there, or the program's own inversion",
    "css-at-media-prefers-reduced-motion": "only takes motion away",
    "css-pseudo-class-hover": "a sign for those with a mouse, beside the underline",
    "css-text-decoration-thickness": "a thinner underline is an underline",
    "css-text-underline-offset": "a nearer underline is an underline",
    "css-text-decoration-color": "an underline in the colour of its words is an underline",
    "css-border-radius": "corners are square there",
    "css-box-shadow": "a block without its shadow",
    "css-min-width": "a block is as narrow as its share of the line; for Outlook a table stands beside the asks",
    "css-text-transform": "small print in small letters",
    "css-letter-spacing": "tighter letters",
    "css-word-spacing": "MJML sets it to what it is",
    "css-outline": "MJML takes a line away that only old programs draw",
    "css-hyphens": "lines end at spaces",
    "css-hyphenate-limit-chars": "lines end at spaces",
    "css-text-wrap": "a heading breaks where it must",
    "css-orphans": "for those who print",
    "css-widows": "for those who print",
    "css-color-scheme": "where it is not known, the light scheme stands",
    "css-selector-child": "only in rules for phones and dark screens, which Outlook for Windows has none of",
    "css-selector-descendant": "in Gmail only for accounts elsewhere, which get no style sheet at all",
    "css-selector-attribute": "only to reach one program's own links",
    "css-important": "only in rules for phones and dark screens",
    # held up by something else
    "css-max-width": "Outlook for Windows gets a table of that width in a comment",
    "css-max-height": "hides the preheader in programs that show what is not displayed",
    "css-overflow": "hides the preheader in programs that show what is not displayed",
    "css-display-none": "mso-hide hides the preheader in Outlook for Windows",
    "css-table-layout": "the cells have their widths",
    "css-white-space": "the element is <pre>, which keeps its lines itself",
    "css-word-break": "breaks long addresses; elsewhere the cell grows",
    "css-overflow-wrap": "breaks long addresses; elsewhere the cell grows",
    "css-word-wrap": "breaks long addresses; elsewhere the cell grows",
    "css-line-height": "Outlook for Windows takes pixels as a least height",
    "css-background": "a colour works everywhere; pictures behind words are looked at by themselves",
    "css-border": "thin lines work everywhere, thick ones are for table cells",
    "css-font-size": "pixels work everywhere; rem is looked at by itself",
    "css-font-weight": "normal and bold work everywhere",
    "css-text-decoration": "underline and none work everywhere",
    "css-height": "only lines and spaces have one",
    "css-width": "images and cells say it in their attribute too",
    # of the frame
    "html-style": "what must hold stands in the style attributes as well",
    "html-lists": "neither reversed nor value is used",
    "html-lang": "it is on the outer elements, not only on cells",
    "html-dir": "it is on the outer elements",
    "html-role": "Yahoo keeps it on tables, where it matters most",
    "html-aria-label": "a second way to say what the words say",
    "html-anchor-links": "each note can be read without a jump, and has the anchors of both kinds",
    "html-meta-color-scheme": "where it is not known, the light scheme stands",
}


def check_client_support(page: HtmlPart) -> Iterator[Finding]:
    """Yield the features that some of the usual mail programs lack."""
    known = load_support()
    for slug, place in find_features(page).items():
        feature = known.features.get(slug)
        if feature is None or slug in ACCEPTED_GAPS:
            continue
        about = f"(tested {feature.tested}, data of {known.date})"
        hint = f"See https://www.caniemail.com/features/{slug}/ for what works, or do without."
        if feature.without:
            yield warning(
                code="client.unsupported",
                where=shorten(place),
                message=f"{feature.title} does not work in {join_first(_families(feature.without))} {about}.",
                hint=hint,
            )
        else:
            yield note(
                code="client.partial",
                where=shorten(place),
                message=f"{feature.title} works only in part in {join_first(_families(feature.partly))} {about}.",
                hint=hint,
            )


def _families(names: tuple[str, ...]) -> list[str]:
    """Return *names*, those on a phone left out where the program itself is there."""
    return [
        name
        for name in names
        if name.partition(" on ")[0] == name or name.partition(" on ")[0] not in names
    ]
