# ruff: noqa: E501  # a line of a copied page is one block of it, however long
"""Load whole books, decisions, recipes and encyclopedia articles."""

from __future__ import annotations

from pipeline.loaders.shared.completeness import find_unplaced_words
from tests.loaders.text.outlines import outline, read_text


def assert_outline(expected: str, text: str) -> None:
    """Check that *text* becomes the article with that outline, without losing a word."""
    result = read_text(text)
    assert expected.splitlines() == outline(result.article)
    assert [] == find_unplaced_words(result)


HARD_WRAPPED = """\
THE LIGHT ON GULL ROCK

BY A. M. THORNE

When the commissioners first came out to the rock, in the spring of
1841, they found it _barer than the palm of a hand_, and so low that
the autumn seas went clean across it.[1] They were three men with a
theodolite, a keg of water and a well-thumbed copy of the tide tables,
and they stayed eleven days.

Of what they wrote there, little remains. The report itself was burned
with the custom house;[2] but a draft of it, in the hand of the eldest
of them, lay for sixty years in a drawer at Port Adler, and is now
in the county library. It runs to 42 pages and bears neither title nor
date.

     The sea came up at four,
     And went again at nine,
     And left upon the floor
     A yard of tarry line.

So runs the only verse in it. The rest is figures: depths, angles, the
price of stone at 3 shillings the load, and a list of the men who were
to be hired.

[Footnote 1: See the _Transactions_ of the Harbour Society, vol. ii.
p. 17, where the height is given as four feet at low water.]

[Footnote 2: In the great fire of 1849.

It was never rebuilt.]

GULL ROCK, _May 1st, 1902_.
"""

HARD_WRAPPED_OUTLINE = """\
title: THE LIGHT ON GULL ROCK
byline: A. M. THORNE
p When the commissioners first came out to the rock, in the spring of 1841, they found it _barer than the palm of a hand_, and so low that the autumn seas went clean across it.⟦1⟧ They were three men with a theodolite, a keg of water and a well-thumbed copy of the tide tables, and they stayed eleven days.
p Of what they wrote there, little remains. The report itself was burned with the custom house;⟦2⟧ but a draft of it, in the hand of the eldest of them, lay for sixty years in a drawer at Port Adler, and is now in the county library. It runs to 42 pages and bears neither title nor date.
p The sea came up at four, / And went again at nine, / And left upon the floor / A yard of tarry line.
p So runs the only verse in it. The rest is figures: depths, angles, the price of stone at 3 shillings the load, and a list of the men who were to be hired.
p GULL ROCK, _May 1st, 1902_.
note 1 (1)
  p See the _Transactions_ of the Harbour Society, vol. ii. p. 17, where the height is given as four feet at low water.
note 2 (2)
  p In the great fire of 1849.
  p It was never rebuilt.
dropped header.byline-label: BY
dropped note.label: [Footnote 1: [Footnote 2:
"""


def test_hard_wrapped() -> None:
    """Wrapped lines are joined, verse keeps its lines, _words_ are emphasized, [Footnote 1: …] are notes."""
    assert_outline(HARD_WRAPPED_OUTLINE, HARD_WRAPPED)


NOTES_GATHERED_IN_BRACKETS = """\
CHAPTER II.

The old charts of the Sound were drawn by pilots, and pilots drew what
they were afraid of.[1] A rock upon which three ships had been lost is
given the size of a parish, and the whole of the eastern shore, where
nothing had ever happened, is a line without a name.[2] It is not that
they were careless; it is that they had other cares.

The first true survey was made by Lieutenant Hale in the summer of the
comet.[3] He measured from a boat with a knotted line, and after dark
read the numbers aloud to his wife, who drew.

FOOTNOTES:

[Footnote 1: There are eleven of them in the county library.

They are kept flat.]

[Footnote 2: It has one now. See _The Sound_, p. 4.]

[Footnote 3: 1811.]
"""

NOTES_GATHERED_IN_BRACKETS_OUTLINE = """\
title: CHAPTER II.
p The old charts of the Sound were drawn by pilots, and pilots drew what they were afraid of.⟦1⟧ A rock upon which three ships had been lost is given the size of a parish, and the whole of the eastern shore, where nothing had ever happened, is a line without a name.⟦2⟧ It is not that they were careless; it is that they had other cares.
p The first true survey was made by Lieutenant Hale in the summer of the comet.⟦3⟧ He measured from a boat with a knotted line, and after dark read the numbers aloud to his wife, who drew.
note 1 (1)
  p There are eleven of them in the county library.
  p They are kept flat.
note 2 (2)
  p It has one now. See _The Sound_, p. 4.
note 3 (3)
  p 1811.
dropped note.heading: FOOTNOTES:
dropped note.label: [Footnote 1: [Footnote 2: [Footnote 3:
"""


def test_notes_gathered_in_brackets() -> None:
    """Named notes below a heading, which is removed; one note has two paragraphs."""
    assert_outline(NOTES_GATHERED_IN_BRACKETS_OUTLINE, NOTES_GATHERED_IN_BRACKETS)


NOTES_BELOW_PARAGRAPHS = """\
CHAPTER IV.

OF THE OLD QUAY

The old quay was built in the reign of the second Margrave, who never
saw it,[1] and was paid for out of the tax on salt, which he abolished
in the same year.

[1] He was blind from his thirtieth year.

It was of oak below and of larch above, and stood for a hundred and
nine winters. The masters of the guild[2] held the right to moor there
without fee.

[2] There were never more than twelve.

   The fishermen had no guild.

When at last it fell, in the night of the great ice, no man was hurt;
but the toll-house went with it, and the toll-keeper's cat.[1]

[1] So the parish book; the town book says two cats.

The new quay is of stone, and nobody has written of it.
"""

NOTES_BELOW_PARAGRAPHS_OUTLINE = """\
title: CHAPTER IV.
h2 OF THE OLD QUAY
p The old quay was built in the reign of the second Margrave, who never saw it,⟦1⟧ and was paid for out of the tax on salt, which he abolished in the same year.
p It was of oak below and of larch above, and stood for a hundred and nine winters. The masters of the guild⟦2⟧ held the right to moor there without fee.
p When at last it fell, in the night of the great ice, no man was hurt; but the toll-house went with it, and the toll-keeper's cat.⟦3⟧
p The new quay is of stone, and nobody has written of it.
note 1 (1)
  p He was blind from his thirtieth year.
note 2 (2)
  p There were never more than twelve.
  p The fishermen had no guild.
note 3 (1)
  p So the parish book; the town book says two cats.
"""


def test_notes_below_paragraphs() -> None:
    """Notes below the paragraphs that cite them do not include the text between, and may restart numbering."""
    assert_outline(NOTES_BELOW_PARAGRAPHS_OUTLINE, NOTES_BELOW_PARAGRAPHS)


STARS_AND_DAGGERS = """\
The Apple Map of Lower Fenwick

Nobody in Lower Fenwick agrees how many kinds of apple grow there. The parish counted 31 in 1950*; the school counted 54 last autumn, and the two lists share only nine names.†

The oldest tree stands behind the chapel. It fell over in 1976 and went on growing where it lay, which is why children call it the Dragon. A cutting of it was taken to the county show and won second prize out of 3 entries.

What the map shows

Each tree is a dot, and each dot has a name if anyone remembers one. Some have two: the Smiler is also the Old Wife*, depending on which end of the lane you ask.

* The list is kept in the parish chest.
† Beauty of Fenwick, Crimson Lane, Dragon, Early Ann, Fenwick Russet, Kitchen Tom, Long Keeper, Smiler, Winter Bell.

Maria Hale keeps bees and writes about orchards.
"""

STARS_AND_DAGGERS_OUTLINE = """\
title: The Apple Map of Lower Fenwick
p Nobody in Lower Fenwick agrees how many kinds of apple grow there. The parish counted 31 in 1950⟦1⟧; the school counted 54 last autumn, and the two lists share only nine names.⟦2⟧
p The oldest tree stands behind the chapel. It fell over in 1976 and went on growing where it lay, which is why children call it the Dragon. A cutting of it was taken to the county show and won second prize out of 3 entries.
h2 What the map shows
p Each tree is a dot, and each dot has a name if anyone remembers one. Some have two: the Smiler is also the Old Wife⟦1⟧, depending on which end of the lane you ask.
p Maria Hale keeps bees and writes about orchards.
note 1 (*)
  p The list is kept in the parish chest.
note 2 (†)
  p Beauty of Fenwick, Crimson Lane, Dragon, Early Ann, Fenwick Russet, Kitchen Tom, Long Keeper, Smiler, Winter Bell.
"""


def test_symbol_notes() -> None:
    """Notes that begin with a star or dagger, one cited twice; years and amounts stay numbers."""
    assert_outline(STARS_AND_DAGGERS_OUTLINE, STARS_AND_DAGGERS)


NUMBERED_PARAGRAPHS = """\
Decision of the Allotment Board in the matter of the two gates

[1] The board met on 3 June 2024 to hear the complaint of the lower gardens about the second gate.

[2] The facts are not in dispute. The gate was set up in 2019 and has been locked since the spring of this year.

[3] The upper gardens say that the lock was needed because 12 wheelbarrows had gone missing in 6 weeks.

[4] The board finds that a gate which nobody can open is a fence, and that a fence needs leave under rule 7.

[5] The lock is to be taken off by the end of the month. A list of the wheelbarrows is to be kept.
"""

NUMBERED_PARAGRAPHS_OUTLINE = """\
title: Decision of the Allotment Board in the matter of the two gates
p [1] The board met on 3 June 2024 to hear the complaint of the lower gardens about the second gate.
p [2] The facts are not in dispute. The gate was set up in 2019 and has been locked since the spring of this year.
p [3] The upper gardens say that the lock was needed because 12 wheelbarrows had gone missing in 6 weeks.
p [4] The board finds that a gate which nobody can open is a fence, and that a fence needs leave under rule 7.
p [5] The lock is to be taken off by the end of the month. A list of the wheelbarrows is to be kept.
"""


def test_numbered_paragraphs() -> None:
    """Paragraphs numbered in brackets are not notes."""
    assert_outline(NUMBERED_PARAGRAPHS_OUTLINE, NUMBERED_PARAGRAPHS)


NUMBERED_PARAGRAPHS_WITH_NOTES = """\
The Judgment of the Reeve in the Matter of the Weir
[1] This is an appeal from the decision of the miller, who closed the weir on 3 June.[1]
[2] The facts are short. The river was low, and the miller wanted it.
[3] The lower meadows say that they were not asked.[2] They were not.
[4] The weir is to be opened on every second day until the autumn rains.

Notes
[1] The decision is nailed to the mill door.
[2] They were asked in 1911, and again in 1923.
"""

NUMBERED_PARAGRAPHS_WITH_NOTES_OUTLINE = """\
title: The Judgment of the Reeve in the Matter of the Weir
p [1] This is an appeal from the decision of the miller, who closed the weir on 3 June.⟦1⟧
p [2] The facts are short. The river was low, and the miller wanted it.
p [3] The lower meadows say that they were not asked.⟦2⟧ They were not.
p [4] The weir is to be opened on every second day until the autumn rains.
note 1 (1)
  p The decision is nailed to the mill door.
note 2 (2)
  p They were asked in 1911, and again in 1923.
dropped note.heading: Notes
"""


def test_numbered_paragraphs_with_notes() -> None:
    """Numbered paragraphs cite notes with numbers of the same form."""
    assert_outline(NUMBERED_PARAGRAPHS_WITH_NOTES_OUTLINE, NUMBERED_PARAGRAPHS_WITH_NOTES)


RECIPE = """\
Harbour Fish Pie

This pie feeds 6 people and takes 40 minutes. We have made it every Friday since 2011.

You need 2 onions, 500 g of fish, 3 eggs and 1 kilo of potatoes. Preheat the oven to 200.

1. Peel the potatoes and boil them for 20 minutes.
2. Fry the onions in 2 spoons of butter until they are soft.
3. Add the fish, then the milk. Simmer for 5 minutes.
4. Cover with mash and bake.
"""

RECIPE_OUTLINE = """\
title: Harbour Fish Pie
p This pie feeds 6 people and takes 40 minutes. We have made it every Friday since 2011.
p You need 2 onions, 500 g of fish, 3 eggs and 1 kilo of potatoes. Preheat the oven to 200.
ol 1
  p Peel the potatoes and boil them for 20 minutes.
  p Fry the onions in 2 spoons of butter until they are soft.
  p Add the fish, then the milk. Simmer for 5 minutes.
  p Cover with mash and bake.
"""


def test_recipe() -> None:
    """The steps of a recipe are a list, and its quantities are not markers."""
    assert_outline(RECIPE_OUTLINE, RECIPE)


ENCYCLOPEDIA = """\
Jump to content
Main menu
Search
Create account
Log in
Contents
hide
(Top)
History
Design
Notes
References
Adler Pier
Article
Talk
Read
Edit
View history
From Wikipedia, the free encyclopedia

Adler Pier is a pier in Port Adler.[1] It opened in 1874 and is 212 metres long.[2] It is the third pier on the site, the first two having been lost in storms.[1][3]

History[edit]
The first pier was built of larch in 1801.[2] Its architect is not known, though the name of Amos Fell has been put forward.[a]

Design[edit]
The deck rests on 64 iron screw piles. A tramway ran along it until 1951.[4]

Notes[edit]
^ By Hale, in an unpublished lecture.
References[edit]
^ a b Cole, Ruth (1990). Piers of the East. Port Adler: Quay Press. p. 12.
^ a b Hale 1954, p. 3.
^ "Storm". The Harbour Gazette. 4 January 1870. Retrieved 3 May 2021.
^ Hale 1954, p. 80.
"""

ENCYCLOPEDIA_OUTLINE = """\
title: Adler Pier
p Adler Pier is a pier in Port Adler.⟦1⟧ It opened in 1874 and is 212 metres long.⟦2⟧ It is the third pier on the site, the first two having been lost in storms.⟦1⟧⟦3⟧
h2 History
p The first pier was built of larch in 1801.⟦2⟧ Its architect is not known, though the name of Amos Fell has been put forward.⟦4⟧
h2 Design
p The deck rests on 64 iron screw piles. A tramway ran along it until 1951.⟦5⟧
note 1 (1)
  p Cole, Ruth (1990). Piers of the East. Port Adler: Quay Press. p. 12.
note 2 (2)
  p Hale 1954, p. 3.
note 3 (3)
  p "Storm". The Harbour Gazette. 4 January 1870. Retrieved 3 May 2021.
note 4 (a)
  p By Hale, in an unpublished lecture.
note 5 (4)
  p Hale 1954, p. 80.
dropped boilerplate.skip-link: Jump to content
dropped boilerplate.menu: Main menu
dropped boilerplate.menu: Search
dropped boilerplate.menu: Create account
dropped boilerplate.menu: Log in
dropped boilerplate.short-lines: Contents
dropped boilerplate.short-lines: hide
dropped boilerplate.short-lines: (Top)
dropped boilerplate.short-lines: History
dropped boilerplate.short-lines: Design
dropped boilerplate.short-lines: Notes
dropped boilerplate.short-lines: References
dropped boilerplate.short-lines: Article
dropped boilerplate.short-lines: Talk
dropped boilerplate.short-lines: Read
dropped boilerplate.short-lines: Edit
dropped boilerplate.short-lines: View history
dropped boilerplate.tagline: From Wikipedia, the free encyclopedia
dropped note.heading: Notes[edit]
dropped note.heading: References[edit]
dropped boilerplate.edit-link: [edit] [edit]
dropped note.back-link: ^ a b ^ a b
"""


def test_encyclopedia_article() -> None:
    """Contents, edit links, and two lists of notes with carets, one of them cited by `a`, `b`, `c`."""
    assert_outline(ENCYCLOPEDIA_OUTLINE, ENCYCLOPEDIA)
