"""Find figures in copied text by alternative texts, captions, credits and fragments."""

from __future__ import annotations

import pytest

from pipeline.loaders.shared.image_credits import read_credit
from pipeline.models.article import Figure
from tests.loaders.text.outlines import outline_blocks, read_text

PROSE = "The harbour of Port Adler was dug by hand in nine winters, and nobody who began it saw it filled."


def body(*blocks: str, between: str = "\n\n") -> list[str]:
    """Return the outline of *blocks*, which are between two paragraphs of an article."""
    text = between.join(["The Port Nobody Needed", PROSE, *blocks, PROSE])
    lines = outline_blocks(read_text(text).article.blocks)
    assert [f"p {PROSE}", f"p {PROSE}"] == [lines[0], lines[-1]]
    return lines[1:-1]


def test_alternative_text_and_caption() -> None:
    """Two blocks with the same words, the second with a credit, are one figure."""
    alt = "Photo of two pilots on the wall of the harbour at dawn, May 1921."
    caption = "Two pilots on the wall of the harbour at dawn, May 1921."

    assert [f"figure {caption} | alt {alt} | credit Jane Doe"] == body(
        alt, f"{caption}   Photo: Jane Doe"
    )


def test_repeated_caption() -> None:
    """A repeated line is a figure even without a credit; no word of it is lost."""
    caption = "Two pilots on the wall of the harbour"

    assert [f"figure {caption} | alt {caption} | credit None"] == body(caption, caption)


def test_similar_lines_with_different_numbers() -> None:
    """The lines of a table are similar, but not figures."""
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
    """A caption may end in a credit in many forms; the credit is the name."""
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
def test_text_without_credit(text: str) -> None:
    """The text mentions agencies and photos too."""
    assert read_credit(text) is None


def test_credit_on_its_own_line() -> None:
    """A credit below a caption belongs to it."""
    assert ["figure Two pilots on the wall. | alt  | credit Jane Doe"] == body(
        "Two pilots on the wall.", "© Jane Doe"
    )


def test_labelled_figures() -> None:
    """Figures with a label: in brackets, or as a source and a caption."""
    assert ["figure The wall. | alt  | credit None", "figure  | alt  | credit None"] == body(
        "[Illustration: The wall.]", "[Illustration]"
    )
    assert ["figure The wall | alt  | credit Getty Images"] == body(
        "Image source, Getty Images", "Image caption, The wall"
    )


def test_fragments_of_missing_images() -> None:
    """A fragment that describes an image, or with unusual space below it, is the caption of a missing image."""
    assert ["figure Map of the Sound and the outer bank | alt  | credit None"] == body(
        "Map of the Sound and the outer bank"
    )
    assert ["figure Pilots, the wall, a mule | alt  | credit None"] == body(
        "Pilots, the wall, a mule\n"
    )
    assert ["h2 Pilots, the wall, a mule"] == body("Pilots, the wall, a mule")


def test_headings_with_space_below() -> None:
    """Several lines with unusual space below are headings."""
    assert ["h2 The first winter", f"p {PROSE}", "h2 The second winter"] == body(
        "The first winter\n", PROSE, "The second winter\n"
    )


def test_each_missing_image_has_a_warning() -> None:
    """Plain text has no image files: each figure has a warning."""
    text = f"The Port Nobody Needed\n\n{PROSE}\n\nTwo pilots. Photo: AP\n\n{PROSE}"
    article = read_text(text).article

    assert ["image.missing"] == [warning.code for warning in article.warnings]
    assert [None] == [block.src for block in article.blocks if isinstance(block, Figure)]
    assert [("figure.label", "Photo:")] == [(one.reason, one.text) for one in article.dropped]


def test_marker_in_a_caption() -> None:
    """A marker in a caption is a reference."""
    text = f"The Port Nobody Needed\n\n{PROSE}\n\nTwo pilots.[1] Photo: AP\n\n{PROSE}\n\n[1] And a mule."
    article = read_text(text).article

    assert "figure Two pilots.⟦1⟧ | alt  | credit AP" == outline_blocks(article.blocks)[1]
