"""Evaluate bare numbers as markers of notes, by the characters and words next to them."""

from __future__ import annotations

import pytest

from pipeline.loaders.text.footnotes.numeric_markers import Confidence, evaluate_marker


def evaluate(text: str) -> Confidence:
    """Evaluate the number in braces."""
    before, _, rest = text.partition("{")
    _, _, after = rest.partition("}")
    return evaluate_marker(before, after)


@pytest.mark.parametrize(
    "text",
    [
        "the harbour. {1}",
        "the harbour.{1}",
        "the harbour.{1} The wall",
        "the harbour.”{2} “No,” he said",
        "the wall,{3} which stood",
        "the wall,”{2} he wrote",
        "(as he says){4} and went",
        "in the U.S.{1} The next",
        "in 2022. {4}",
        "stand der Speicher leer.{2} Heute",
        "sagte er: „Nein.“{3} Danach",
        "dit-il.{2} Il partit",
        "« un par un »{1}, raconte-t-elle",
        "«un bloque»{5} y se fue",
        "el muro.{2} Después",
    ],
)
def test_sure(text: str) -> None:
    """A number is a marker if attached to the end of a sentence, clause or quotation, or if it ends its block."""
    assert Confidence.SURE == evaluate(text)


@pytest.mark.parametrize(
    "text",
    [
        "the harbour. {1} The wall",
        "the harbour{1} was",
        "the harbour{1}.",
        "le rivage{1}.",
        "der Speicher{2}, der",
        "el jardinero{3} y",
        "in 2022.{4}",
        "« un par un » {1}.",
        "in the U.S. {1} The next",
        "the harbour.{1} and then",
    ],
)
def test_likely(text: str) -> None:
    """A number attached to a word, or alone between two sentences, is probably a marker."""
    assert Confidence.LIKELY == evaluate(text)


@pytest.mark.parametrize("text", ["the wall {2}.", "the wall {2}, and", "wall,” {2} he said"])
def test_fair(text: str) -> None:
    """A number between a space and a comma or full stop may be a marker, if its order fits."""
    assert Confidence.FAIR == evaluate(text)


@pytest.mark.parametrize(
    "text",
    [
        # what a number counts or measures
        "for {18} months",
        "it ended. {3} Millionen Menschen",
        "about {1} million",
        "the {6} organizations",
        "soit {2} % du budget",
        "et {3} kilomètres",
        "il y a {5} ans",
        "{40} años",
        "hace {5} fuentes",
        "um {9} Uhr",
        "nach {14} Männern",
        "{5}km away",
        "the {3}rd",
        "le {1}er mai",
        "only {5}°",
        # money, symbols
        "$ {5}",
        "€{5} each",
        "# {1}",
        "§ {5} des Gesetzes",
        # names of places in a book and elsewhere
        "see page {3}.",
        "No. {3}",
        "no. {3}.",
        "p. {3}",
        "S. {12} f.",
        "chapter {2}.",
        "Kapitel {2}.",
        "chapitre {2}.",
        "capítulo {2}.",
        "World War {2},",
        "Room {4}.",
        "fig. {2}",
        "article {2}.",
        # dates, times, ratios, parts of numbers
        "September {13} meeting",
        "on {13} September",
        "It ended. {13} September came",
        "am {3}. Oktober",
        "le {4} mars",
        "el {4} de marzo",
        "won {3}-2",
        "{3}:2",
        "at {10}:30",
        "3.{5}",
        "1,{5}",
        "and 1 in {5} people",
        "{1} in 5 people",
        "1 {240} habitants",
        "{1} 240 habitants",
        # names
        "the M{1} motorway",
        "a B-{12} tin",
        "a G{7} meeting",
        "CO{2} and",
        "George W. {2} The",
        # before an opened bracket or quote
        "he said “{2} men",
        "({2} of them)",
    ],
)
def test_never(text: str) -> None:
    """Quantities, dates, amounts, scores, page numbers and names stay numbers."""
    assert Confidence.NEVER == evaluate(text)


def test_ambiguous_abbreviations() -> None:
    """Abbreviations that are also words lower the confidence at the end of a sentence."""
    assert Confidence.FAIR == evaluate("a work of art.{1} The next")
