"""Fields of other mail systems left in a newsletter are found; code, wiki links and formulas are no fields."""

from __future__ import annotations

import pytest

from pipeline.checks.content.template_marks import find_marks
from pipeline.models.article import Code, InlineCode
from tests.checks.samples import codes, findings
from tests.rendering.sample_issues import article, make_issue, para

#: One a line, because some contain spaces.
_MARKS = """\
*|FNAME|*\n*|IF:FNAME|*\n|FNAME|\n{{ name }\n{ name }}\n{{subscriber.x}}\n{{{Recipient.Name}}}\n{% if x %}
%name%\n%FIRSTNAME%\n%%first_name%%\n%%=v(@n)=%%\n%recipient.name%\n%unsubscribe_url%\n%{name}\n%(name)s
<%= name %>\n&lt;%= name %&gt;\n<?= $name ?>\n<<name>>\n<<First Name>>\n«FirstName»\n<first_name>
[[name]]\n[[first_name]]\n[[FNAME]]\n[FIRSTNAME]\n[FIRST NAME]\n[first_name]\n[firstname,fallback=friend]
[UNSUBSCRIBE]\n[% name %]\n{$name}\n{$subscriber->name}\n${name}\n#{name}\n{!Contact.Name}\n{name}\n{FIRST_NAME}
{first_name|there}\n{unsubscribe_url}\n{/if}\n##name##\n@@email@@\n~Contact.FirstName~\n$FNAME$""".splitlines()
_WORDS = (
    r"""
[[Low Water]];[[1]];[[Name of the Rose|book]];[[File:x.png]];[1];[sic];[name withheld];[NATO];[NAME REDACTED]
100 % of 50 %;5%–10%;%20name%20;%E2%80%99;%APPDATA%;%PATH%;$x$ and $y$;\frac{{a}}{{b}};x_{i}^{n};a^{{n}};${x}$
{x | x > 0};|x| + |y|;a*|b|*c;#{A};<< bonjour >>;« Bonjour Marie »;if a << b >> c;$5 and $6;{1, 2, 3}
[email protected]""".strip()
    .replace("\n", ";")
    .split(";")
)


@pytest.mark.parametrize("mark", _MARKS)
def test_marks_of_other_systems_are_found(mark: str) -> None:
    """Each system's way to write a field, also cut off or escaped twice, is found."""
    assert find_marks(f"Dear {mark}, hello")
    assert "field.unresolved" in codes(article(f"Dear {mark}, hello"))


@pytest.mark.parametrize("words", _WORDS)
def test_other_words_in_brackets_are_not_found(words: str) -> None:
    """Wiki links, formulas, per cents, environment variables and remarks of editors are words."""
    assert [] == find_marks(f"Then {words}, and so on")


def test_all_places_are_named_once() -> None:
    """One finding names every mark and place; code is left alone."""
    issue = article(
        para("Dear *|FNAME|*, hello"),
        para("Yours, %%signature%%"),
        para(InlineCode(code="%name%")),
        Code(code="{{ name }}"),
    )
    (finding,) = findings(issue)

    assert "*|FNAME|*, %%signature%%" in finding.message
    assert 'near "Dear' in finding.where
    assert "%name%" not in finding.message


def test_a_mark_in_the_subject_is_an_error() -> None:
    """It would be seen first."""
    (finding,) = findings(make_issue(article(para("Hello")), subject="News for %FIRSTNAME%"))

    assert ("error", "%FIRSTNAME% in the subject") == (finding.severity.value, finding.where)
