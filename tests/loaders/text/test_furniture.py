"""What pages offer to their readers beside the article is furniture: it never becomes title, subtitle or text."""

from __future__ import annotations

import pytest

from tests.loaders.text.outlines import outline_blocks, read_text

PROSE = (
    "The harbour of Port Adler was dug by hand in nine winters, and nobody who began it saw it filled; "
    "those who did had long forgotten what it was for."
)

LINES = [
    "Read this article in: Español | Français",
    "Read this in Spanish: Leer en español",
    "Lire cet article en : English | Deutsch",
    "Diesen Text lesen auf: English",
    "Leer en: English, Français",
    "Leia em: English | Español",
    "English | Français | Deutsch",
    "Español · English",
    "This story is also available in Spanish and French",
    "Listen to this article",
    "Listen to this story (12 min)",
    "Écouter l’article",
    "Escuchar este artículo",
    "Ascolta l’articolo",
    "Ouvir este artigo",
    "Artikel anhören",
    "Luister naar dit artikel",
    "8 min read",
    "Reading time: 8 minutes",
    "Lesezeit: 8 Minuten",
    "Temps de lecture : 8 minutes",
    "Tiempo de lectura: 8 minutos",
    "Tempo di lettura: 8 minuti",
    "Skip to main content",
    "Zum Inhalt springen",
    "Aller au contenu",
    "Saltar al contenido",
]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("place", ["above the title", "below the title", "below the byline"])
def test_furniture(line: str, place: str) -> None:
    """Language switchers, players, reading times and skip links are left out, wherever they stand in the header."""
    parts = ["Menu", "The Port Nobody Needed", "By Jane Doe", "May 12, 2021", PROSE]
    parts.insert({"above the title": 1, "below the title": 2, "below the byline": 4}[place], line)
    article = read_text("\n\n".join(parts)).article

    assert "The Port Nobody Needed" == article.title
    assert article.subtitle is None
    assert "Jane Doe" == article.byline
    assert [f"p {PROSE}"] == outline_blocks(article.blocks)


@pytest.mark.parametrize(
    "title",
    [
        "How to read the sea in nine languages",
        "Listening to the tide: what a harbour hears at night",
        "English as she is spoke on the quay",
        "Five minutes that changed the harbour",
    ],
)
def test_titles_in_similar_words(title: str) -> None:
    """A title about languages, listening or minutes is a title."""
    article = read_text(f"Menu\n\n{title}\n\nBy Jane Doe\n\n{PROSE}\n").article

    assert title == article.title
