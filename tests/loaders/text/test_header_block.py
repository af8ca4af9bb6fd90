"""Read title, subtitle, byline and date of a copied page, and remove the boilerplate around them."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.loaders.shared.dates import find_date, is_date_line
from pipeline.models.article import Article
from tests.loaders.text.outlines import outline_blocks, read_text

PROSE = (
    "The harbour of Port Adler was dug by hand in nine winters, and nobody who began it saw it filled; "
    "those who did had long forgotten what it was for."
)


def read(*blocks: str) -> Article:
    return read_text("\n\n".join(blocks)).article


def dropped(article: Article) -> list[tuple[str, str]]:
    return [(one.reason, one.text) for one in article.dropped]


def test_the_title_is_the_first_block() -> None:
    """The first block is the title, and is not repeated among the blocks."""
    article = read("The Port Nobody Needed", PROSE)

    assert "The Port Nobody Needed" == article.title
    assert [f"p {PROSE}"] == outline_blocks(article.blocks)


@pytest.mark.parametrize("first", [PROSE, "It was raining.", "Dear friends,", "• sand"])
def test_first_blocks_that_are_not_titles(first: str) -> None:
    """A paragraph, a sentence, a greeting or a bullet is not a title."""
    article = read(first, PROSE)

    assert article.title is None
    assert 2 == len(article.blocks)


def test_single_line() -> None:
    """A text of one line has no title."""
    article = read("The Port Nobody Needed")

    assert article.title is None
    assert ["p The Port Nobody Needed"] == outline_blocks(article.blocks)


@pytest.mark.parametrize("end", [":", " –", " —", ","])
def test_title_over_two_lines(end: str) -> None:
    """A title continues while a line ends in a colon, a dash or a comma."""
    article = read(f"Port Adler{end} ", "The Port Nobody Needed", PROSE)

    assert f"Port Adler{end} The Port Nobody Needed" == article.title


@pytest.mark.parametrize(
    "kicker", ["OPINION", "THE LONG READ", "Reportage", "Kommentar", "Análisis"]
)
def test_kicker_as_subtitle(kicker: str) -> None:
    """The kicker above a title becomes the subtitle if there is no other."""
    article = read(kicker, "The port that nobody in town needed", PROSE)

    assert "The port that nobody in town needed" == article.title
    assert kicker == article.subtitle


def test_kicker_and_subtitle() -> None:
    """A kicker is left out if there is a subtitle."""
    article = read(
        "OPINION", "The port that nobody needed", "It was dug anyway.", "By Jane Doe", PROSE
    )

    assert "It was dug anyway." == article.subtitle
    assert ("header.kicker", "OPINION") in dropped(article)


@pytest.mark.parametrize(
    "blocks",
    [
        ["Who dug it, and why nobody stopped them", "By Jane Doe"],
        ["By Jane Doe", "Who dug it, and why nobody stopped them"],
        ["Who dug it, and why nobody stopped them", "By Jane Doe", "Share", "5 min read"],
        ["By Jane Doe", "12 May 2021", "Who dug it, and why nobody stopped them"],
    ],
)
def test_subtitle_before_or_after_the_byline(blocks: list[str]) -> None:
    """A subtitle may precede or follow the byline."""
    article = read("The Port Nobody Needed", *blocks, PROSE)

    assert "Who dug it, and why nobody stopped them" == article.subtitle
    assert "Jane Doe" == article.byline


def test_short_first_paragraph() -> None:
    """Below the byline a sentence is the first paragraph; without a byline a few words are a heading."""
    with_byline = read("The Port Nobody Needed", "By Jane Doe", "It was dug by hand.", PROSE)
    without = read("The Port Nobody Needed", "The first winter", PROSE)

    assert with_byline.subtitle is None
    assert "p It was dug by hand." == outline_blocks(with_byline.blocks)[0]
    assert without.subtitle is None
    assert "h2 The first winter" == outline_blocks(without.blocks)[0]


def test_subtitle_with_a_marker() -> None:
    """A subtitle cannot hold a reference, so one with a marker is a paragraph."""
    article = read(
        "The Port Nobody Needed",
        "It was dug by nine men and a mule, or so the parish has it.[1]",
        "By Jane Doe",
        PROSE,
        "[1] The mule is in doubt.",
    )

    assert article.subtitle is None
    assert "ok" == article.notes[0].status


@pytest.mark.parametrize(
    ("line", "byline"),
    [
        ("By Jane Doe", "Jane Doe"),
        ("BY JANE DOE", "JANE DOE"),
        ("By Jane Doe and John Roe", "Jane Doe and John Roe"),
        ("Von Jana Müller, Hafenstadt", "Jana Müller, Hafenstadt"),
        ("Par Marie Durand et Paul Petit", "Marie Durand et Paul Petit"),
        ("Por Ana López", "Ana López"),
        ("Di Anna Rossi", "Anna Rossi"),
        ("Door Piet de Vries", "Piet de Vries"),
        ("Texte : Marie Durand", "Marie Durand"),
        ("Interview: Jana Müller", "Jana Müller"),
        ("By the Editorial Board", "the Editorial Board"),
        ("By Jane Doe | May 12, 2021 | 5 min read", "Jane Doe"),
        ("By Jane Doe, May 12, 2021", "Jane Doe"),
        ("12 May 2021 • Jane Doe", "Jane Doe"),
        ("Publié le 12 mai 2021 à 10h00 par Marie Durand", "Marie Durand"),
        ("Ana López | Madrid | 12 MAY 2021 - 10:00 CEST", "Ana López"),
    ],
)
def test_bylines(line: str, byline: str) -> None:
    """The name is the byline; its label, place and time are listed as left out."""
    article = read("The Port Nobody Needed", line, PROSE)

    assert byline == article.byline
    assert date(2021, 5, 12) == article.published or "2021" not in line


@pytest.mark.parametrize(
    "title", ["By the Sea", "Von der Mauer zum Meer", "Par temps de brume", "Por el camino"]
)
def test_titles_that_begin_like_bylines(title: str) -> None:
    """Names do not begin with an article or in lower case."""
    article = read(title, PROSE)

    assert title == article.title
    assert article.byline is None


def test_name_next_to_a_date() -> None:
    """A name without "By" is a byline if it is next to a date."""
    article = read("The Port Nobody Needed", "Jane van Doe", "May 12, 2021", PROSE)

    assert "Jane van Doe" == article.byline


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("May 12, 2021", date(2021, 5, 12)),
        ("12 May 2021", date(2021, 5, 12)),
        ("Wed 12 May 2021 06.00 BST", date(2021, 5, 12)),
        ("Mittwoch, 12. Mai 2021, 14:30 Uhr", date(2021, 5, 12)),
        ("12.05.2021", date(2021, 5, 12)),
        ("Publié le 12 mai 2021 à 10:00", date(2021, 5, 12)),
        ("mercredi 1er septembre 2021", date(2021, 9, 1)),
        ("12 de mayo de 2021", date(2021, 5, 12)),
        ("Actualizado: 12 may 2021 - 10:15 CEST", date(2021, 5, 12)),
        ("12 de maio de 2021 às 10h", date(2021, 5, 12)),
        ("12 maggio 2021", date(2021, 5, 12)),
        ("12 mei 2021 om 10:00", date(2021, 5, 12)),
        ("12 maja 2021", date(2021, 5, 12)),
        ("2021-05-12", date(2021, 5, 12)),
        ("2021-05-12T10:00:00Z", date(2021, 5, 12)),
        ("13/05/2021", date(2021, 5, 13)),
        ("05/13/2021", date(2021, 5, 13)),
        ("04/05/2021", None),
        ("12 May", None),
        ("31 February 2021", None),
    ],
)
def test_dates(line: str, day: date | None) -> None:
    """Only certain dates are read: 04/05 may be two days, and a date without a year is incomplete."""
    found = find_date(line)

    assert is_date_line(line)
    assert found is not None
    assert day == found.day


@pytest.mark.parametrize(
    "line", ["12 harbour walls", "On Monday the harbour", "May the wall stand", "1921 and after"]
)
def test_lines_that_are_not_dates(line: str) -> None:
    """Lines with more than a date are not date lines."""
    assert not is_date_line(line)


def test_unreadable_date() -> None:
    """It is listed as left out."""
    article = read("The Port Nobody Needed", "04/05/2021", PROSE)

    assert article.published is None
    assert ("header.date", "04/05/2021") in dropped(article)


def test_date_of_an_update() -> None:
    """The date of an update is not the date of publication."""
    article = read("The Port Nobody Needed", "Updated May 14, 2021", "May 12, 2021", PROSE)

    assert date(2021, 5, 12) == article.published


@pytest.mark.parametrize(
    "line",
    [
        "Skip to main content",
        "Jump to navigation",
        "Zum Inhalt springen",
        "Direkt zum Inhalt",
        "Aller au contenu",
        "Passer au contenu principal",
        "Saltar al contenido",
        "Ir al contenido principal",
        "Pular para o conteúdo",
        "Vai al contenuto",
        "Ga naar de inhoud",
        "Przejdź do treści",
    ],
)
def test_skip_links(line: str) -> None:
    """Skip links are left out by name, in each language."""
    article = read(line, "The Port Nobody Needed", PROSE)

    assert [("boilerplate.skip-link", line)] == dropped(article)
    assert "The Port Nobody Needed" == article.title


def test_menus() -> None:
    """A run of short lines above the title is a menu; a short line inside the text stays."""
    article = read(
        "Harbour",
        "Gardens",
        "Old maps",
        "Bells",
        "The port that nobody needed",
        PROSE,
        "Old maps",
        PROSE,
    )

    assert [
        ("boilerplate.short-lines", line) for line in ("Harbour", "Gardens", "Old maps", "Bells")
    ] == dropped(article)
    assert "h2 Old maps" == outline_blocks(article.blocks)[1]


def test_cookie_banner() -> None:
    """A cookie banner above the title is not a paragraph."""
    banner = "We use cookies to make this page better. By going on you accept our use of cookies."
    article = read(banner, "Accept", "The Port Nobody Needed", PROSE)

    assert ("boilerplate.cookies", banner) in dropped(article)
    assert "The Port Nobody Needed" == article.title


def test_article_about_cookies() -> None:
    """A first paragraph about cookies that people accept is not a banner."""
    text = "My grandmother baked cookies in nine shapes, and would not accept that anybody could want a tenth of them."

    assert f"p {text}" == outline_blocks(read("The Tenth Cookie", text, PROSE).blocks)[0]


def test_side_lines() -> None:
    """A line that belongs beside the byline is left out."""
    article = read("The Port Nobody Needed", "| gazette.example", "By Jane Doe", PROSE)

    assert article.subtitle is None
    assert ("header.line", "| gazette.example") in dropped(article)


@pytest.mark.parametrize(
    "heading",
    ["Related articles", "Mehr zum Thema", "À lire aussi", "Te puede interesar", "Leggi anche"],
)
def test_related_articles(heading: str) -> None:
    """Links to related articles are left out with the heading above them."""
    article = read(
        "The Port Nobody Needed",
        PROSE,
        heading,
        "The wall",
        "A light that went out at night",
        "© 2021 Gazette",
    )

    assert [f"p {PROSE}"] == outline_blocks(article.blocks)
    assert [heading, "The wall", "A light that went out at night", "© 2021 Gazette"] == [
        one.text for one in article.dropped
    ]


@pytest.mark.parametrize(
    "line", ["Lire aussi", "Read more:", "Lesen Sie auch", "Lee también", "Leggi anche"]
)
def test_read_also_inside_the_text(line: str) -> None:
    """Inside the text a link to another article is left out, with the title below it or beside it."""
    above = read(
        "The Port Nobody Needed", PROSE, line, "A light that went out at night", PROSE, PROSE
    )
    beside = read("The Port Nobody Needed", PROSE, f"{line.rstrip(':')} : A light", PROSE, PROSE)

    assert [f"p {PROSE}"] * 3 == outline_blocks(above.blocks)
    assert [f"p {PROSE}"] * 3 == outline_blocks(beside.blocks)
    assert {"boilerplate.read-also"} == {one.reason for one in (*above.dropped, *beside.dropped)}


def test_appeal_below_related_articles() -> None:
    """An appeal below related articles is found."""
    article = read(
        "The Port Nobody Needed",
        PROSE,
        "Related articles",
        "The wall",
        "Support us",
        "We live on the donations of our readers, and on nothing else.",
    )

    assert article.appeal is not None
    assert ["boilerplate.related", "boilerplate.related"] == [one.reason for one in article.dropped]


def test_heading_worded_like_boilerplate() -> None:
    """A heading in the words of boilerplate stays if paragraphs follow it."""
    article = read("The Port Nobody Needed", PROSE, PROSE, "More about the wall", PROSE)

    assert [] == dropped(article)
    assert "h2 More about the wall" in outline_blocks(article.blocks)


def test_boilerplate_without_any_paragraph() -> None:
    """A list of words is not a menu if no article follows."""
    article = read("Home", "Search", "More", "Live", "Post")

    assert [] == dropped(article)
