"""What copying leaves of pictures: alternative texts, captions, credits, fragments."""

from __future__ import annotations

import pytest

from pipeline.loaders.shared.image_credits import read_credit
from pipeline.models.article import Figure
from tests.loaders.text.outlines import outline_blocks, read_text

PROSE = "The harbour of Port Adler was dug by hand in nine winters, and nobody who began it saw it filled."


def body(*blocks: str, between: str = "\n\n") -> list[str]:
    """Return the outline of what stands between two paragraphs of an article."""
    text = between.join(["The Port Nobody Needed", PROSE, *blocks, PROSE])
    lines = outline_blocks(read_text(text).article.blocks)
    assert [f"p {PROSE}", f"p {PROSE}"] == [lines[0], lines[-1]]
    return lines[1:-1]


def test_an_alternative_text_and_its_caption() -> None:
    """Two blocks that say the same, the second with a credit, are one picture."""
    alt = "Photo of two pilots on the wall of the harbour at dawn, May 1921."
    caption = "Two pilots on the wall of the harbour at dawn, May 1921."

    assert [f"figure {caption} | alt {alt} | credit Jane Doe"] == body(
        alt, f"{caption}   Photo: Jane Doe"
    )


def test_a_caption_that_stands_twice() -> None:
    """The same words twice are a picture without a credit too; the words are kept as often as they stand there."""
    caption = "Two pilots on the wall of the harbour"

    assert [f"figure {caption} | alt {caption} | credit None"] == body(caption, caption)


def test_blocks_that_differ_in_a_number_are_two() -> None:
    """Lines of a table are much alike and no pictures."""
    lines = ["The wall was nine feet high in 1921.", "The wall was nine feet high in 1931."]

    assert [f"p {line}" for line in lines] == body(*lines)


@pytest.mark.parametrize(
    ("tail", "credit"),
    [
        ("  Photo: AP", "AP"),
        (" Photo: Jane Doe/AFP", "Jane Doe/AFP"),
        (" Foto: dpa", "dpa"),
        (" Bild: Jana Müller", "Jana Müller"),
        (" Crédit photo : Marie Durand", "Marie Durand"),
        (" © Marie Durand / AFP", "Marie Durand / AFP"),
        (" MARIE DURAND / AFP", "MARIE DURAND / AFP"),
        (" (AP Photo/Jane Doe)", "AP Photo/Jane Doe"),
        (" (Photo: J. Doe)", "J. Doe"),
        (" Photograph: Jane Doe/The Gazette", "Jane Doe/The Gazette"),
        (" Photo by J. Doe", "J. Doe"),
        (" Courtesy of the Harbour Archive", "Courtesy of the Harbour Archive"),
        (" Getty Images", "Getty Images"),
    ],
)
def test_credits(tail: str, credit: str) -> None:
    """A caption ends in its credit in many ways; the name is the credit."""
    assert [f"figure Two pilots on the wall. | alt  | credit {credit}"] == body(
        f"Two pilots on the wall.{tail}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "She posted a photo: the wall at dawn",
        "They told Reuters.",
        "said the harbour board. (dpa)",
        "© 2021 Harbour Gazette",
        "He lives in Fenwick, PA",
    ],
)
def test_no_credits(text: str) -> None:
    """Agencies and photos are spoken of in the text as well."""
    assert read_credit(text) is None


def test_a_credit_on_its_own_line() -> None:
    """A credit below a caption belongs to it."""
    assert ["figure Two pilots on the wall. | alt  | credit Jane Doe"] == body(
        "Two pilots on the wall.", "© Jane Doe"
    )


def test_labelled_pictures() -> None:
    """Pictures that name themselves: in brackets, or as a source and a caption."""
    assert ["figure The wall. | alt  | credit None", "figure  | alt  | credit None"] == body(
        "[Illustration: The wall.]", "[Illustration]"
    )
    assert ["figure The wall | alt  | credit Getty Images"] == body(
        "Image source, Getty Images", "Image caption, The wall"
    )


def test_a_lost_picture() -> None:
    """A fragment that says it depicts something, or with unusual space below it, is a picture lost in copying."""
    assert ["figure Map of the Sound and the outer bank | alt  | credit None"] == body(
        "Map of the Sound and the outer bank"
    )
    assert ["figure Pilots, the wall, a mule | alt  | credit None"] == body(
        "Pilots, the wall, a mule\n"
    )
    assert ["h2 Pilots, the wall, a mule"] == body("Pilots, the wall, a mule")


def test_space_below_headings() -> None:
    """Where several lines have unusual space below, they are headings, for pages set headings so."""
    assert ["h2 The first winter", f"p {PROSE}", "h2 The second winter"] == body(
        "The first winter\n", PROSE, "The second winter\n"
    )


def test_each_lost_picture_is_told() -> None:
    """A picture has no file in plain text: the warning says so for each."""
    text = f"The Port Nobody Needed\n\n{PROSE}\n\nTwo pilots. Photo: AP\n\n{PROSE}"
    article = read_text(text).article

    assert ["image.missing"] == [warning.code for warning in article.warnings]
    assert [None] == [block.src for block in article.blocks if isinstance(block, Figure)]
    assert [("figure.label", "Photo:")] == [(one.reason, one.text) for one in article.dropped]


def test_a_caption_may_cite_a_note() -> None:
    """A marker in a caption is a reference."""
    text = f"The Port Nobody Needed\n\n{PROSE}\n\nTwo pilots.[1] Photo: AP\n\n{PROSE}\n\n[1] And a mule."
    article = read_text(text).article

    assert "figure Two pilots.⟦1⟧ | alt  | credit AP" == outline_blocks(article.blocks)[1]
