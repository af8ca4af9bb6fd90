"""Formulas in TeX: no loader harms them, and one warning tells of them."""

from __future__ import annotations

import pytest

from pipeline.loaders import load_source
from pipeline.loaders.base import Source
from pipeline.loaders.formats import find_loader
from pipeline.models.article import Article
from pipeline.models.article_text import plain_text

_PAGE = "<article><h1>Low water</h1><p>The weir is shut until the tide turns again.</p>{}</article>"


def load(text: str, format: str = "markdown") -> Article:
    loader = find_loader(format)
    content = _PAGE.format(text) if format == "html" else text
    return load_source(
        Source(content=content.encode(), media_type=loader.media_type, location="a"), loader
    )


def find_formulas(article: Article) -> list[tuple[str, int | None]]:
    return [
        (warning.message, warning.line)
        for warning in article.warnings
        if warning.code == "source.formula"
    ]


@pytest.mark.parametrize("format", ["markdown", "html", "text"])
@pytest.mark.parametrize(
    "formula",
    [
        "$a^2 + b$",
        "$x$",
        "$$x_1$$",
        r"\(x_1 \cdot y_2\)",
        r"\[E = mc^2\]",
        r"\begin{align*} a = b \\ c = d \end{align*}",
    ],
)
def test_formulas_stay_and_give_a_warning(formula: str, format: str) -> None:
    """Nothing in a formula is taken for a mark; the warning quotes it, once, with its line."""
    text = f"<p>It is {formula}, so.</p>" if format == "html" else f"One.\n\nIt is {formula}, so."
    article = load(text, format)

    assert f"It is {formula}, so." in plain_text(article.blocks)
    ((message, line),) = find_formulas(article)
    assert f"“{formula}”" in message
    assert (1 if format == "html" else 3) == line


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("$$\nx^2\\,dx\n$$", "markdown"),
        ("```math\na = b\n```", "markdown"),
        ("\\begin{align}\na &= b\n\nc &= d\n\\end{align}", "markdown"),
        ("<p>It is <math alttext='x^2'><mi>x</mi></math>.</p>", "html"),
        ("<p>It is <span class='katex' data-latex='x^2'></span>.</p>", "html"),
    ],
)
def test_other_forms_of_formulas_give_a_warning(text: str, format: str) -> None:
    """Over several lines, in a fence, in MathML and in attributes."""
    assert 1 == len(find_formulas(load(f"One.\n\n{text}", format)))


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5, not $10; US$5 = £4 and A$7 = £3.",
        r"He said \[sic\] that \(see above\) it was \[1/2\] of it \[the old = worn rope\].",
        r"Hello ${first_name} and ${last_name}$, hello.",
        "A `$x^2$` in code.",
    ],
)
def test_prices_brackets_and_fields_are_no_formulas(text: str) -> None:
    """Dollars of prices, brackets that a converter escaped, fields of other systems, and code."""
    article = load(f"One.\n\n{text}")

    assert [] == find_formulas(article)
    assert "\\[" not in plain_text(article.blocks)
    assert "\\(" not in plain_text(article.blocks)
