"""Fields: where they are recognized, and that no value can break what surrounds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ThemeError
from pipeline.files import find_shipped
from pipeline.mail import check_standards, compose, fill_fields
from pipeline.models.address import Address
from pipeline.models.article import Article, Code, Figure, FrontMatter, InlineCode
from pipeline.models.edition import ADDRESS_FIELD, Edition, Field, FieldContext
from pipeline.models.issue import Appeal, AppealVariant
from pipeline.models.recipient import Recipient
from pipeline.rendering import Theme, render
from tests.rendering.html_reader import Page
from tests.rendering.sample_issues import (
    ADA,
    APPEAL,
    AT,
    PUBLICATION,
    THEMES,
    article,
    fill_sample,
    heading,
    link,
    make_issue,
    note,
    para,
    ref,
    render_html,
    render_sample,
    render_text,
)

PERSONAL = make_issue(
    article(
        para(
            "Dear {{ name }}, ", link('https://e.example.org/{{ name }}?d={{ donor | "x" }}', "see")
        ),
        has_fields=True,
    ),
    subject="For {{ name }}",
    preheader="{{ name }}: news",
    appeals=(
        replace(
            APPEAL,
            heading="Give, {{ name }}",
            deadline=AT + timedelta(days=1),
            after_deadline="Over, {{ name }}.",
            variants=(
                AppealVariant(
                    field="donor", values=("monthly",), appeal=Appeal(text="Thanks, {{ name }}")
                ),
                AppealVariant(
                    field="donor", values=("lapsed",), appeal=replace(APPEAL, deadline=AT)
                ),
                AppealVariant(field="name", values=("xada",), appeal=Appeal(heading="{{ name }}")),
            ),
        ),
    ),
)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def with_names(has_fields: bool) -> Article:
    """Return an article with a field in every kind of place."""
    return article(
        para(
            "text {{ name }}",
            link(
                "https://e.example.org/?n={{ name }}&x=1", "words {{ name }}", title="t {{ name }}"
            ),
        ),
        heading("heading {{ name }}"),
        Figure(
            src="https://e.example.org/a.png",
            alt="alt {{ name }}",
            caption=para("caption {{ name }}").inlines,
        ),
        para("x", InlineCode(code="code {{ name }}"), ref(1)),
        Code(code="block {{ name }}"),
        title="title {{ name }}",
        subtitle="subtitle {{ name }}",
        byline="byline {{ name }}",
        notes=(note(1, "note {{ name }}"),),
        has_fields=has_fields,
    )


def test_fields_are_filled_in_own_articles() -> None:
    """In an article that may have fields they are filled in everywhere except in code."""
    page = Page(render_html(with_names(True)))
    text = page.root.text()

    for place in ("title", "subtitle", "byline", "text", "heading", "words", "caption", "note"):
        assert f"{place} Ada Byron" in text
    assert "code {{ name }}" in text
    assert "block {{ name }}" in text
    assert ["alt Ada Byron"] == [e.attributes["alt"] for e in page.root.all("img")]
    assert "t Ada Byron" in [e.attributes.get("title") for e in page.root.all("a")]
    assert "https://e.example.org/?n=Ada%20Byron&x=1" in page.links
    assert "<https://e.example.org/?n=Ada%20Byron&x=1>" in render_text(with_names(True))


def test_each_field_has_its_context() -> None:
    """The context of a field determines how its value is escaped."""
    edition = render_sample(with_names(True))

    assert {
        FieldContext.HTML_TEXT,
        FieldContext.HTML_ATTRIBUTE,
        FieldContext.HTML_URL,
        FieldContext.TEXT,
        FieldContext.TEXT_URL,
        FieldContext.HEADER,
    } == {field.context for field in edition.fields}


def test_fetched_articles_have_no_fields() -> None:
    """What looks like a field is text, in the subject and preheader too."""
    source = with_names(False)
    issue = make_issue(source, preheader=source.subtitle or "")
    edition = render_sample(issue)

    assert [] == edition.field_names
    assert "title {{ name }}" == fill_sample(edition.subject)
    assert "text {{ name }}" in Page(fill_sample(edition.html)).root.text()
    assert 2 == Page(fill_sample(edition.html)).root.text().count("subtitle {{ name }}")
    assert "subtitle {{ name }}" in fill_sample(edition.text)
    assert (
        "https://e.example.org/?n=%7B%7B%20name%20%7D%7D&x=1"
        in Page(fill_sample(edition.html)).links
    )


def test_fetched_front_matter_has_no_fields() -> None:
    """A subject that came with a fetched article is text, even if it is not the title."""
    source = article("x", front_matter=FrontMatter(subject="To {{ name }}", preheader="{{ name }}"))
    edition = render_sample(make_issue(source, subject="To {{ name }}", preheader="{{ name }}"))

    assert [] == edition.field_names


def test_own_subject_and_appeal_can_have_fields() -> None:
    """Subject, preheader and appeal can have fields next to an article that must not."""
    issue = make_issue(
        article("x"), subject="For {{ name }}", preheader="Dear {{ name }}", appeals=(APPEAL,)
    )
    edition = render_sample(issue)

    assert "For Ada Byron" == fill_sample(edition.subject)
    assert "Dear Ada Byron" in fill_sample(edition.html)
    assert fill_sample(edition.text).startswith("Dear Ada Byron\n")
    assert "If this one was worth it, Ada Byron, give." in fill_sample(edition.text)


def test_subject_is_a_single_line() -> None:
    """Line breaks in a subject become spaces; non-breaking spaces stay."""
    edition = render_sample(make_issue(article("x"), subject=" One\r\n two\u00a0three \n"))

    assert "One two\u00a0three" == fill_sample(edition.subject)


def test_fallback_replaces_a_missing_value() -> None:
    """A recipient without a name gets the fallback, escaped for its context."""
    source = article(para('Dear {{ name | "<friend>" }},'), has_fields=True)
    nobody = replace(ADA, address=replace(ADA.address, name=""))
    edition = render_sample(source)

    assert "Dear &lt;friend&gt;," in fill_sample(edition.html, reader=nobody)
    assert "Dear <friend>," in fill_sample(edition.text, reader=nobody)


def test_link_to_a_field_is_reported_as_written() -> None:
    """A link whose URL would be a value is not a link; the warning shows the source."""
    edition = render_sample(article(para(link("{{ name }}", "see")), has_fields=True))

    assert ["link.unusable"] == [finding.code for finding in edition.findings]
    assert "{{ name }}" in edition.findings[0].message


def test_unsubscribe_link_has_the_token() -> None:
    """The token is percent-encoded in both parts; the rest of the URL is as configured."""
    publication = replace(
        PUBLICATION, unsubscribe_url="https://tern.example.org/leave/{token}?list=é&x=1"
    )
    edition = render_sample(make_issue(article("x"), publication=publication))
    reader = replace(ADA, token='a/b"c')
    wanted = "https://tern.example.org/leave/a%2Fb%22c?list=%C3%A9&x=1"

    assert wanted in Page(fill_sample(edition.html, reader=reader)).links
    assert f"Unsubscribe: {wanted}\n" in fill_sample(edition.text, reader=reader)
    assert (
        Field(name="unsubscribe_token", fallback=None, context=FieldContext.HTML_URL)
        in edition.fields
    )


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("public_url", ["https://news.tern.example.org", None])
def test_preference_link_has_its_own_token(name: str, public_url: str | None) -> None:
    """Each theme and the text part link to the page below `public_url`; without one nothing is said of it."""
    publication = replace(PUBLICATION, public_url=public_url)
    edition = render_sample(make_issue(article("x"), publication=publication), in_theme=name)
    reader = replace(ADA, token="leaving", preferences_token="choosing")
    html, text = (fill_sample(part, reader=reader) for part in (edition.html, edition.text))
    wanted = [f"{public_url}/p/choosing"] if public_url else []

    assert wanted == [url for url in Page(html).links if "/p/" in url]
    assert [f"Preferences: {url}" for url in wanted] == [
        line for line in text.splitlines() if line.startswith("Preferences")
    ]
    assert [] == edition.field_names


@pytest.mark.parametrize("name", THEMES)
def test_footer_has_the_address_it_was_sent_to(name: str) -> None:
    """In both parts, escaped for its place and never in a link; each recipient reads their own."""
    edition = render_sample(article("x"), in_theme=name)
    reader = replace(ADA, address=Address(email="o'brien&co@example.org"))
    html, text = (fill_sample(part, reader=reader) for part in (edition.html, edition.text))

    assert "Sent to o&#x27;brien&amp;co@example.org." in html
    assert "Sent to o'brien&co@example.org.\n" in text
    assert {FieldContext.HTML_TEXT, FieldContext.TEXT} == {
        field.context for field in edition.fields if field.name == ADDRESS_FIELD
    }


TEMPLATE = """
<mj-section><mj-column><mj-text>Dear {{ email.field("name", "friend") }},
<a href="https://e.example.org/{{ email.field.url("code", "x") }}?y=1"
title="{{ email.field.attribute("city") }}">see</a>
</mj-text></mj-column></mj-section>
"""


def test_templates_can_print_fields(tmp_path: Path) -> None:
    """A field in a theme is escaped for its context, and listed like any other."""
    (tmp_path / "footer.mjml.j2").write_text(TEMPLATE, encoding="utf-8")
    mine = Theme("mine", [tmp_path, find_shipped("templates") / "default"])
    edition = render(make_issue(article("x")), mine)
    reader = Recipient(address=ADA.address, values={"name": "<A>", "code": '"/', "city": '"B"'})
    page = Page(fill_sample(edition.html, reader=reader))
    (link,) = [a for a in page.root.all("a") if a.text() == "see"]

    assert "Dear <A>," in page.root.text()
    assert "https://e.example.org/%22%2F?y=1" == link.attributes["href"]
    assert '"B"' == link.attributes["title"]
    assert ["city", "code", "name"] == edition.field_names
    assert "Dear friend," in fill_sample(
        edition.html, reader=Recipient(address=Address(email="a@e.org"), values={"city": "x"})
    )


def test_invalid_field_name_in_a_template_is_an_error(tmp_path: Path) -> None:
    """The error has file and line."""
    (tmp_path / "footer.mjml.j2").write_text('\n{{ email.field("first name") }}', encoding="utf-8")
    mine = Theme("mine", [tmp_path, find_shipped("templates") / "default"])

    with pytest.raises(
        ThemeError, match=r'footer.mjml.j2:2: "first name" is not a valid field name'
    ):
        render(make_issue(article("x")), mine)


NASTY = (
    *(
        "<b>",
        '"',
        "'",
        "&amp;",
        "\r\nBcc: x@e.org\r\n\r\n",
        "%0d%0a%",
        "=\r\n.",
        "-->",
        "]]>",
        "{{ name }}",
    ),
    *("\u202eabc\u2067", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "नमस्ते", "x" * 10_000),
    *("<!--[if mso]>", "\x00\x1b\ud800"),
)


@cache
def personal() -> Edition:
    return render_sample(PERSONAL)


@given(
    st.one_of(st.sampled_from(NASTY), VALUES),
    st.sampled_from(["monthly", " MONTHLY ", "<b>", "", "lapsed"]),
    st.sampled_from([AT, AT + timedelta(days=2)]),
)
def test_no_value_breaks_a_message(value: str, donor: str, at: datetime) -> None:
    """
    Whatever a recipient's values contain, whichever branch they select, and whenever it is sent.

    The message is complete: its parts are what a full render gives, its header has the same fields in the same number,
    its HTML the same elements, its text part the same lines except for their length.
    """
    reader = Recipient(address=ADA.address, values={"name": f"x{value}", "donor": donor}, token="t")
    plain = replace(reader, values={"name": "Ada", "donor": donor})
    edition = personal()
    found, wanted = (
        compose(edition, who, campaign_id="c", sequence=1, at=at, secret=b"k").content
        for who in (reader, plain)
    )
    message, expected = (
        message_from_bytes(content, policy=policy.default) for content in (found, wanted)
    )

    check_standards(found)
    assert expected.keys() == message.keys()
    bodies = {
        part.get_content_subtype(): part.get_content()
        for part in message.walk()
        if not part.is_multipart()
    }
    for kind, pieces in (("plain", edition.text), ("html", edition.html)):
        assert fill_fields(pieces, reader, at=at) == bodies[kind].replace("\r\n", "\n")
    pages = [Page(fill_fields(edition.html, who, at=at)) for who in (plain, reader)]
    assert [e.tag for e in pages[0].root] == [e.tag for e in pages[1].root]
    assert pages[0].comments == pages[1].comments
    assert fill_fields(edition.text, plain, at=at).count("\n") == fill_fields(
        edition.text, reader, at=at
    ).count("\n")
    assert all(href.isascii() and " " not in href for href in pages[1].links)


@given(VALUES)
def test_no_value_breaks_the_page(value: str) -> None:
    """Whatever a value contains, the page keeps its elements, attributes and comments; only text and URLs change."""
    reader = Recipient(address=ADA.address, values={"name": f"x{value}"})
    source = with_names(True)
    edition = render_sample(source)
    filled = Page(fill_fields(edition.html, reader, at=AT))
    plain = Page(fill_fields(edition.html, ADA, at=AT))

    assert [e.tag for e in plain.root] == [e.tag for e in filled.root]
    assert [list(e.attributes) for e in plain.root] == [list(e.attributes) for e in filled.root]
    assert plain.comments == filled.comments
    for one, other in zip(plain.root, filled.root, strict=True):
        changed = {k for k in one.attributes if one.attributes[k] != other.attributes[k]}
        assert changed <= {"alt", "title", "href", "aria-label"}
    assert [] == [href for href in filled.links if not href.isascii() or " " in href]


@pytest.mark.parametrize("value", ["A\r\nBcc: x@example.org", "line\u2028end", "tab\there"])
def test_values_stay_on_their_line_in_the_text_part(value: str) -> None:
    """Line breaks in a value become spaces."""
    reader = Recipient(address=ADA.address, values={"name": value})
    source = article(para("Dear {{ name }},"), has_fields=True)

    assert len(render_text(source).splitlines()) == len(
        fill_fields(render_sample(source).text, reader, at=AT).splitlines()
    )


def test_appeal_found_in_an_article_has_no_own_fields() -> None:
    """The text of a found appeal follows the article's rule."""
    found = (para("Give, {{ name }}."),)
    issue = make_issue(article("x"), appeals=(Appeal(blocks=found, is_muted=True),))

    assert "Give, {{ name }}." in Page(render_html(issue)).root.text()
