# ruff: noqa: E501  # a line of a copied page is one block of it, however long
"""Load whole pages of newspapers and blogs, copied as text."""

from __future__ import annotations

from pipeline.loaders.shared.completeness import find_unplaced_words
from tests.loaders.text.outlines import outline, read_text


def assert_outline(expected: str, text: str) -> None:
    """Check that *text* becomes the article with that outline, without losing a word."""
    result = read_text(text)
    assert expected.splitlines() == outline(result.article)
    assert [] == find_unplaced_words(result)


FRENCH_NEWSPAPER = """\
Aller au contenu principal
Menu
À la une
Abonnez-vous
Accueil > Société > Ports

REPORTAGE

À Port-Lannec, le vieux môle attend ses tailleurs de pierre

Fermé depuis deux ans, l’ouvrage divise la commune : faut-il le restaurer à l’identique ou le remplacer ?

Par Maëlle Kerdoncuff et Yann Prigent
Publié le 12 septembre 2024 à 06h00, mis à jour le 13 septembre 2024 à 10h15
Temps de lecture : 5 min
Partager
Facebook
Imprimer

Le môle de Port-Lannec, fermé au public depuis deux ans. MAËLLE KERDONCUFF / AFP

Ce matin-là, le vent est tombé et la mer, pour une fois, se tait. Au bout du quai, Soizic*, 67 ans, montre du doigt les blocs disjoints. « Mon grand-père les a posés un par un », raconte-t-elle. La commune compte 1 240 habitants et 3 kilomètres de rivage1.

Le conseil municipal a voté le 4 mars 2023 une première étude, confiée à un cabinet de la région. Elle a coûté 18 000 euros, soit 2 % du budget annuel2. Depuis, plus rien, ou presque.

Lire aussi : À Roscavel, la digue tient bon

Une pierre qui ne se trouve plus

Le granit d’origine venait de l’île voisine, où la carrière a fermé en 1911. « Personne ne sait plus le tailler », soupire l’architecte Paul Le Dantec3. Trois artisans seulement ont répondu à l’appel d’offres, et un seul d’entre eux travaille encore la pierre à la main.

Publicité

Reste la question de l’argent. L’État promet un tiers de la somme, la région un autre ; la commune cherche le dernier. Une réunion publique est prévue en octobre.

*Le prénom a été modifié.

Notes

1. Recensement de 2021, chiffres communiqués par la mairie. ↩

2. Budget primitif de la commune, p. 14. ↩

3. Entretien avec l’auteure, juillet 2024.

L’architecte a relu ses propos. ↩

Soutenez un journal indépendant

Notre rédaction vit des dons de ses lecteurs. Avec 5 euros par mois, vous financez une enquête par an.

Faites un don : https://don.exemple.example/soutien

À lire aussi
La criée rouvre ses portes
Un phare à vendre
Le retour des goémoniers

Mentions légales
Gestion des cookies
© 2024 Le Courrier des Grèves
"""

FRENCH_NEWSPAPER_OUTLINE = """\
title: À Port-Lannec, le vieux môle attend ses tailleurs de pierre
subtitle: Fermé depuis deux ans, l’ouvrage divise la commune : faut-il le restaurer à l’identique ou le remplacer ?
byline: Maëlle Kerdoncuff et Yann Prigent
published: 2024-09-12
figure Le môle de Port-Lannec, fermé au public depuis deux ans. | alt  | credit MAËLLE KERDONCUFF / AFP
p Ce matin-là, le vent est tombé et la mer, pour une fois, se tait. Au bout du quai, Soizic⟦1⟧, 67 ans, montre du doigt les blocs disjoints. « Mon grand-père les a posés un par un », raconte-t-elle. La commune compte 1 240 habitants et 3 kilomètres de rivage⟦2⟧.
p Le conseil municipal a voté le 4 mars 2023 une première étude, confiée à un cabinet de la région. Elle a coûté 18 000 euros, soit 2 % du budget annuel⟦3⟧. Depuis, plus rien, ou presque.
h2 Une pierre qui ne se trouve plus
p Le granit d’origine venait de l’île voisine, où la carrière a fermé en 1911. « Personne ne sait plus le tailler », soupire l’architecte Paul Le Dantec⟦4⟧. Trois artisans seulement ont répondu à l’appel d’offres, et un seul d’entre eux travaille encore la pierre à la main.
p Reste la question de l’argent. L’État promet un tiers de la somme, la région un autre ; la commune cherche le dernier. Une réunion publique est prévue en octobre.
note 1 (*)
  p Le prénom a été modifié.
note 2 (1)
  p Recensement de 2021, chiffres communiqués par la mairie.
note 3 (2)
  p Budget primitif de la commune, p. 14.
note 4 (3)
  p Entretien avec l’auteure, juillet 2024.
  p L’architecte a relu ses propos.
appeal
  h2 Soutenez un journal indépendant
  p Notre rédaction vit des dons de ses lecteurs. Avec 5 euros par mois, vous financez une enquête par an.
  p Faites un don : <a>https://don.exemple.example/soutien</a>
dropped boilerplate.skip-link: Aller au contenu principal
dropped boilerplate.menu: Menu
dropped boilerplate.menu: À la une
dropped boilerplate.subscribe: Abonnez-vous
dropped boilerplate.breadcrumb: Accueil > Société > Ports
dropped header.kicker: REPORTAGE
dropped boilerplate.share: Partager
dropped boilerplate.share: Facebook
dropped boilerplate.share: Imprimer
dropped header.byline-label: Par
dropped header.date: Publié le 12 septembre 2024 à 06h00, mis à jour le 13 septembre 2024 à 10h15
dropped boilerplate.reading-time: Temps de lecture : 5 min
dropped boilerplate.read-also: Lire aussi : À Roscavel, la digue tient bon
dropped boilerplate.advertisement: Publicité
dropped boilerplate.related: À lire aussi
dropped boilerplate.related: La criée rouvre ses portes
dropped boilerplate.related: Un phare à vendre
dropped boilerplate.related: Le retour des goémoniers
dropped boilerplate.footer: Mentions légales
dropped boilerplate.footer: Gestion des cookies
dropped boilerplate.copyright: © 2024 Le Courrier des Grèves
dropped note.heading: Notes
warning image.missing
"""


def test_french_newspaper() -> None:
    """Skip link, kicker, subtitle before the byline, attached markers, a symbol note, notes with arrows, an appeal."""
    assert_outline(FRENCH_NEWSPAPER_OUTLINE, FRENCH_NEWSPAPER)


GERMAN_NEWSPAPER = """\
Zum Inhalt springen
Menü
Suche
Anmelden
Startseite › Regionales › Hafenstadt

Wer den Speicher rettet –
und warum er ihn behalten darf

Von Jana Müller, Hafenstadt
16. September 2024, 14:30 Uhr
Lesezeit: 6 Min.
Teilen
Merken
Drucken

Der Speicher am Binnenhafen steht seit 1897 leer und wartet auf einen neuen Besitzer.

Der Speicher am Binnenhafen steht seit 1897 leer und wartet auf einen neuen Besitzer. Foto: Jana Müller

Am Montag um 9 Uhr trafen sich im Rathaus 14 Männer und Frauen, um über das alte Haus zu sprechen. Es gehört der Stadt, aber niemand will es haben [1]. Bis zum 3. Oktober soll eine Lösung gefunden sein.

Der Kaufpreis von 1,2 Millionen Euro gilt als fair[2], doch die Sanierung kostet das Dreifache. „Wir fangen mit dem Dach an“, sagt Piet Vos vom Verein Alter Hafen.[3]

Anzeige

Was der Verein plant

Im Erdgeschoss soll ein Café entstehen, darüber Werkstätten:

• eine Tischlerei
• eine Druckerei mit 2 Pressen
• ein Raum für die Schule

Im Jahr 2022[4] hatte die Stadt einen ähnlichen Plan noch abgelehnt. Damals fehlte das Geld; heute fehlt vor allem die Zeit.

Fußnoten

[1] Protokoll der Sitzung vom 9. September 2024, S. 3. [zurück]
[2] Gutachten der Kammer, siehe auch https://kammer.example/gutachten. [zurück]
[3] Gespräch am 2. September. [zurück]
[4] Beschluss 17/2022. [zurück]

Unterstützen Sie uns

Wir schreiben unabhängig und ohne Verlag. Ihre Spende hilft uns, weiter vor Ort zu sein.

Jetzt spenden

Mehr zum Thema
Der Kran bleibt stehen
Neue Brücke, alte Sorgen

Impressum
Datenschutz
© 2024 Hafenstädter Bote. Alle Rechte vorbehalten.
"""

GERMAN_NEWSPAPER_OUTLINE = """\
title: Wer den Speicher rettet – und warum er ihn behalten darf
byline: Jana Müller, Hafenstadt
published: 2024-09-16
figure Der Speicher am Binnenhafen steht seit 1897 leer und wartet auf einen neuen Besitzer. | alt Der Speicher am Binnenhafen steht seit 1897 leer und wartet auf einen neuen Besitzer. | credit Jana Müller
p Am Montag um 9 Uhr trafen sich im Rathaus 14 Männer und Frauen, um über das alte Haus zu sprechen. Es gehört der Stadt, aber niemand will es haben⟦1⟧. Bis zum 3. Oktober soll eine Lösung gefunden sein.
p Der Kaufpreis von 1,2 Millionen Euro gilt als fair⟦2⟧, doch die Sanierung kostet das Dreifache. „Wir fangen mit dem Dach an“, sagt Piet Vos vom Verein Alter Hafen.⟦3⟧
h2 Was der Verein plant
p Im Erdgeschoss soll ein Café entstehen, darüber Werkstätten:
ul
  p eine Tischlerei
  p eine Druckerei mit 2 Pressen
  p ein Raum für die Schule
p Im Jahr 2022⟦4⟧ hatte die Stadt einen ähnlichen Plan noch abgelehnt. Damals fehlte das Geld; heute fehlt vor allem die Zeit.
note 1 (1)
  p Protokoll der Sitzung vom 9. September 2024, S. 3.
note 2 (2)
  p Gutachten der Kammer, siehe auch <a>https://kammer.example/gutachten</a>.
note 3 (3)
  p Gespräch am 2. September.
note 4 (4)
  p Beschluss 17/2022.
appeal
  h2 Unterstützen Sie uns
  p Wir schreiben unabhängig und ohne Verlag. Ihre Spende hilft uns, weiter vor Ort zu sein.
  p Jetzt spenden
dropped boilerplate.skip-link: Zum Inhalt springen
dropped boilerplate.menu: Menü
dropped boilerplate.menu: Suche
dropped boilerplate.menu: Anmelden
dropped boilerplate.breadcrumb: Startseite › Regionales › Hafenstadt
dropped boilerplate.share: Teilen
dropped boilerplate.share: Merken
dropped boilerplate.share: Drucken
dropped header.byline-label: Von
dropped header.date: 16. September 2024, 14:30 Uhr
dropped boilerplate.reading-time: Lesezeit: 6 Min.
dropped boilerplate.advertisement: Anzeige
dropped boilerplate.related: Mehr zum Thema
dropped boilerplate.related: Der Kran bleibt stehen
dropped boilerplate.related: Neue Brücke, alte Sorgen
dropped boilerplate.footer: Impressum
dropped boilerplate.footer: Datenschutz
dropped boilerplate.copyright: © 2024 Hafenstädter Bote. Alle Rechte vorbehalten.
dropped note.heading: Fußnoten
dropped note.back-link: [zurück] [zurück] [zurück] [zurück]
dropped figure.label: Foto:
warning image.missing
"""


def test_german_newspaper() -> None:
    """Breadcrumb, a title over two lines, a repeated caption, a list, notes with [zurück], an appeal."""
    assert_outline(GERMAN_NEWSPAPER_OUTLINE, GERMAN_NEWSPAPER)


SPANISH_NEWSPAPER = """\
Saltar al contenido
Inicio
Secciones
Buscar
Iniciar sesión

El último jardinero del río

El vivero municipal de Villalba del Agua cierra tras cuarenta años: nadie quiere heredar sus mil rosales.

Por Ana López
12 de septiembre de 2024
Compartir en Facebook
Compartir en WhatsApp

Un jardinero poda rosales junto al río. Foto: Pedro Ruiz

Llega cada mañana a las 6 y media, cuando todavía no hay nadie. Riega, poda y anota en una libreta lo que florece. Lleva así 40 años (1). Tiene 63 y se jubila en diciembre.

¿Qué será de los rosales?

El ayuntamiento ofrece el terreno, de 2 hectáreas, a quien quiera cuidarlo (2). Hasta ahora han llamado tres personas: un maestro, una pareja de Madrid y un señor que quería aparcar su caravana. «Ninguno sabe lo que es una helada», dice (3).

En el siglo XIX el vivero tenía 5 fuentes; hoy queda 1. El agua viene del río y en verano hay que subirla a mano.

Notas

(1) Desde 1984, según el registro municipal.
(2) Anuncio publicado en el tablón el 1 de agosto de 2024.
(3) Conversación con el autor.

Te puede interesar
Los puentes que no cruzan nada
La feria se queda sin caballos

Aviso legal
Política de privacidad
"""

SPANISH_NEWSPAPER_OUTLINE = """\
title: El último jardinero del río
subtitle: El vivero municipal de Villalba del Agua cierra tras cuarenta años: nadie quiere heredar sus mil rosales.
byline: Ana López
published: 2024-09-12
figure Un jardinero poda rosales junto al río. | alt  | credit Pedro Ruiz
p Llega cada mañana a las 6 y media, cuando todavía no hay nadie. Riega, poda y anota en una libreta lo que florece. Lleva así 40 años⟦1⟧. Tiene 63 y se jubila en diciembre.
h2 ¿Qué será de los rosales?
p El ayuntamiento ofrece el terreno, de 2 hectáreas, a quien quiera cuidarlo⟦2⟧. Hasta ahora han llamado tres personas: un maestro, una pareja de Madrid y un señor que quería aparcar su caravana. «Ninguno sabe lo que es una helada», dice⟦3⟧.
p En el siglo XIX el vivero tenía 5 fuentes; hoy queda 1. El agua viene del río y en verano hay que subirla a mano.
note 1 (1)
  p Desde 1984, según el registro municipal.
note 2 (2)
  p Anuncio publicado en el tablón el 1 de agosto de 2024.
note 3 (3)
  p Conversación con el autor.
dropped boilerplate.skip-link: Saltar al contenido
dropped boilerplate.menu: Inicio
dropped boilerplate.menu: Secciones
dropped boilerplate.menu: Buscar
dropped boilerplate.menu: Iniciar sesión
dropped boilerplate.share: Compartir en Facebook
dropped boilerplate.share: Compartir en WhatsApp
dropped header.byline-label: Por
dropped header.date: 12 de septiembre de 2024
dropped boilerplate.related: Te puede interesar
dropped boilerplate.related: Los puentes que no cruzan nada
dropped boilerplate.related: La feria se queda sin caballos
dropped boilerplate.footer: Aviso legal
dropped boilerplate.footer: Política de privacidad
dropped note.heading: Notas
dropped figure.label: Foto:
warning image.missing
"""


def test_spanish_newspaper() -> None:
    """Share buttons, a question as heading, markers in brackets, and numbers that are not markers."""
    assert_outline(SPANISH_NEWSPAPER_OUTLINE, SPANISH_NEWSPAPER)


PAGE_WITHOUT_EMPTY_LINES = """\
Skip to main content
Sign in
Subscribe
NEWS
SPORT
CULTURE
OPINION
Search
The long walk of the Port Adler lighthouse
It was built on a sandbank, and the sandbank moved
Jane Doe
Thu 12 Sep 2024 06.00 BST
Last modified on Thu 12 Sep 2024 09.14 BST
Share
Port Adler lighthouse before the move
Port Adler lighthouse before the move. Photograph: Tom Arkwright/The Harbour Gazette
In the winter of 1998 the sea took 14 metres of beach in a single night, and in the morning the lighthouse stood at the edge.
“We had perhaps three years,” says the engineer Ruth Cole. “In the end it was less than two.”1 The tower weighs 4,500 tonnes, about as much as 900 elephants.
Sign up to our weekly newsletter
The first plan was to build a wall. The second was to let it fall. The third, which everybody laughed at, was to move it.2
How do you move a tower?
You lift it, says Cole, by a finger’s breadth a day. One hundred jacks were set under the ring of granite, and for 23 days nothing seemed to happen.
Then it rolled, at 1.5 metres an hour, on beams greased with soap.3 On 9 July it stood 884 metres further inland.
Advertisement
Some came to see it fall; most brought sandwiches.
1. Interview with the author, May 2024.
2. The Harbour Board’s report is at https://board.example/report-1998 (pdf).
3. Two tonnes of it, in bars.
Topics
Lighthouses
Coasts
Most viewed
A new pier for Fenwick
Bees on the town hall
The last ferry
"""

PAGE_WITHOUT_EMPTY_LINES_OUTLINE = """\
title: The long walk of the Port Adler lighthouse
subtitle: It was built on a sandbank, and the sandbank moved
byline: Jane Doe
published: 2024-09-12
figure Port Adler lighthouse before the move. | alt Port Adler lighthouse before the move | credit Tom Arkwright/The Harbour Gazette
p In the winter of 1998 the sea took 14 metres of beach in a single night, and in the morning the lighthouse stood at the edge.
p “We had perhaps three years,” says the engineer Ruth Cole. “In the end it was less than two.”⟦1⟧ The tower weighs 4,500 tonnes, about as much as 900 elephants.
p The first plan was to build a wall. The second was to let it fall. The third, which everybody laughed at, was to move it.⟦2⟧
h2 How do you move a tower?
p You lift it, says Cole, by a finger’s breadth a day. One hundred jacks were set under the ring of granite, and for 23 days nothing seemed to happen.
p Then it rolled, at 1.5 metres an hour, on beams greased with soap.⟦3⟧ On 9 July it stood 884 metres further inland.
p Some came to see it fall; most brought sandwiches.
note 1 (1)
  p Interview with the author, May 2024.
note 2 (2)
  p The Harbour Board’s report is at <a>https://board.example/report-1998</a> (pdf).
note 3 (3)
  p Two tonnes of it, in bars.
dropped boilerplate.skip-link: Skip to main content
dropped boilerplate.menu: Sign in
dropped boilerplate.footer: Subscribe
dropped boilerplate.short-lines: NEWS
dropped boilerplate.short-lines: SPORT
dropped boilerplate.short-lines: CULTURE
dropped boilerplate.short-lines: OPINION
dropped boilerplate.menu: Search
dropped boilerplate.share: Share
dropped header.date: Thu 12 Sep 2024 06.00 BST
dropped header.date: Last modified on Thu 12 Sep 2024 09.14 BST
dropped boilerplate.subscribe: Sign up to our weekly newsletter
dropped boilerplate.advertisement: Advertisement
dropped boilerplate.related: Topics
dropped boilerplate.related: Lighthouses
dropped boilerplate.related: Coasts
dropped boilerplate.related: Most viewed
dropped boilerplate.related: A new pier for Fenwick
dropped boilerplate.related: Bees on the town hall
dropped boilerplate.related: The last ferry
dropped figure.label: Photograph:
warning image.missing
"""


def test_page_without_blank_lines() -> None:
    """Menu, subtitle, date of an update, caption and credit, attached markers, topics and most viewed."""
    assert_outline(PAGE_WITHOUT_EMPTY_LINES_OUTLINE, PAGE_WITHOUT_EMPTY_LINES)


NOTES_WITHOUT_NUMBERS = """\
Skip to content

The Library That Lends Ladders

How a yard full of tools became a neighbourhood
Jane Doe • May 4, 2021
4 min read

In a side street of Port Adler stands a library without a single book. It lends ladders, drills, tents and one very large cake tin. 1 Members pay what they can, and last year they borrowed 2,140 things. 2

It began with a broken gutter. Two neighbours had one ladder between them, and a third had the screws; by the end of the summer there were 18 households on the list, 3 and somebody had painted a sign.

Who fixes the drills

Every other Saturday a table is set up in the yard. People bring what is broken and stay until it works. “We have never thrown a kettle away,” 4 says Tom Arkwright, who keeps the ledger.

The cake tin, which holds enough for sixty, is booked until the end of next year. ↩︎

See the annual report, which the library prints on the back of old posters. ↩︎

Not all of them paid: the first list names eleven. ↩︎

In fact one was, in 2019, after a fire. ↩︎

Subscribe
Share
"""

NOTES_WITHOUT_NUMBERS_OUTLINE = """\
title: The Library That Lends Ladders
subtitle: How a yard full of tools became a neighbourhood
byline: Jane Doe
published: 2021-05-04
p In a side street of Port Adler stands a library without a single book. It lends ladders, drills, tents and one very large cake tin.⟦1⟧ Members pay what they can, and last year they borrowed 2,140 things.⟦2⟧
p It began with a broken gutter. Two neighbours had one ladder between them, and a third had the screws; by the end of the summer there were 18 households on the list,⟦3⟧ and somebody had painted a sign.
h2 Who fixes the drills
p Every other Saturday a table is set up in the yard. People bring what is broken and stay until it works. “We have never thrown a kettle away,”⟦4⟧ says Tom Arkwright, who keeps the ledger.
note 1 (1)
  p The cake tin, which holds enough for sixty, is booked until the end of next year.
note 2 (2)
  p See the annual report, which the library prints on the back of old posters.
note 3 (3)
  p Not all of them paid: the first list names eleven.
note 4 (4)
  p In fact one was, in 2019, after a fire.
dropped boilerplate.skip-link: Skip to content
dropped header.date: May 4, 2021
dropped boilerplate.reading-time: 4 min read
dropped boilerplate.footer: Subscribe
dropped boilerplate.share: Share
warning note.uncertain
"""


def test_notes_without_numbers() -> None:
    """Browsers omit the numbers of a list: notes that end in an arrow are matched with spaced markers by order."""
    assert_outline(NOTES_WITHOUT_NUMBERS_OUTLINE, NOTES_WITHOUT_NUMBERS)


NUMBERS_ON_THEIR_OWN_LINES = """\
The Quiet Trade in Bells
Why a foundry in a small valley still casts by ear
Jane Doe
May 04, 2021

There are four foundries left, and one of them has no telephone. Orders come by post, and the answer, if there is one, takes a season.1

The master does not measure. He strikes the cold bell with a knuckle, listens, and takes off a little more from the lip with a file.2 It may take him a week to lose a hertz.

1
A season here means the time from one hay harvest to the next.

2
The file is kept in oil and is older than he is.

It was made in the same valley.

Share
Leave a comment
"""

NUMBERS_ON_THEIR_OWN_LINES_OUTLINE = """\
title: The Quiet Trade in Bells
subtitle: Why a foundry in a small valley still casts by ear
byline: Jane Doe
published: 2021-05-04
p There are four foundries left, and one of them has no telephone. Orders come by post, and the answer, if there is one, takes a season.⟦1⟧
p The master does not measure. He strikes the cold bell with a knuckle, listens, and takes off a little more from the lip with a file.⟦2⟧ It may take him a week to lose a hertz.
p It was made in the same valley.
note 1 (1)
  p A season here means the time from one hay harvest to the next.
note 2 (2)
  p The file is kept in oil and is older than he is.
dropped header.date: May 04, 2021
dropped boilerplate.share: Share
dropped boilerplate.share: Leave a comment
"""


def test_numbers_on_their_own_lines() -> None:
    """The number of each note is on the line above it."""
    assert_outline(NUMBERS_ON_THEIR_OWN_LINES_OUTLINE, NUMBERS_ON_THEIR_OWN_LINES)


APPEAL_BEFORE_THE_NOTES = """\
Why the Swifts Came Late
By Jane Doe

The swifts came to Port Adler nine days late, and for nine days the town talked of nothing else.

Supporters of the old church say it was the scaffolding. The ringers say that it was the new bell, which is sharp. 1

Nobody asked the swifts, who nest where they were born and do not care for opinion. 2

Support The Harbour Gazette

The Gazette has no owner but its readers. Your gift pays for ink, stamps and shoe leather.

Give what you can, once or monthly: https://gazette.example/give

Notes

1 It was tuned again in May.

2 Ringing records show the same delay in 1954.

Jane Doe writes about birds.

© 2021 The Harbour Gazette
"""

APPEAL_BEFORE_THE_NOTES_OUTLINE = """\
title: Why the Swifts Came Late
byline: Jane Doe
p The swifts came to Port Adler nine days late, and for nine days the town talked of nothing else.
p Supporters of the old church say it was the scaffolding. The ringers say that it was the new bell, which is sharp.⟦1⟧
p Nobody asked the swifts, who nest where they were born and do not care for opinion.⟦2⟧
p Jane Doe writes about birds.
note 1 (1)
  p It was tuned again in May.
note 2 (2)
  p Ringing records show the same delay in 1954.
appeal
  h2 Support The Harbour Gazette
  p The Gazette has no owner but its readers. Your gift pays for ink, stamps and shoe leather.
  p Give what you can, once or monthly: <a>https://gazette.example/give</a>
dropped header.byline-label: By
dropped boilerplate.copyright: © 2021 The Harbour Gazette
dropped note.heading: Notes
"""


def test_appeal_before_the_notes() -> None:
    """An appeal before the notes ends there; what follows them stays."""
    assert_outline(APPEAL_BEFORE_THE_NOTES_OUTLINE, APPEAL_BEFORE_THE_NOTES)


SHORT_TITLE_BELOW_A_MENU = """\
Skip to content
Menu
Search
Subscribe

The Ferry Bell

How a bell that nobody rings came to keep the time of three villages.

By Jane Doe

There is a bell at the ferry stage of Lower Fenwick, and it is rung by the river. When the water rises a float pulls a wire.

So the villages know the tide, and the tide, more or less, is their clock. It is never more than an hour wrong.
"""

SHORT_TITLE_BELOW_A_MENU_OUTLINE = """\
title: The Ferry Bell
subtitle: How a bell that nobody rings came to keep the time of three villages.
byline: Jane Doe
p There is a bell at the ferry stage of Lower Fenwick, and it is rung by the river. When the water rises a float pulls a wire.
p So the villages know the tide, and the tide, more or less, is their clock. It is never more than an hour wrong.
dropped boilerplate.skip-link: Skip to content
dropped boilerplate.menu: Menu
dropped boilerplate.menu: Search
dropped boilerplate.footer: Subscribe
dropped header.byline-label: By
"""


def test_short_title_after_a_menu() -> None:
    """A short title after a menu is not part of it."""
    assert_outline(SHORT_TITLE_BELOW_A_MENU_OUTLINE, SHORT_TITLE_BELOW_A_MENU)
