# ruff: noqa: E501  # one list a line; lines of web pages with their quotation marks and dashes
"""
What pages print around and inside an article, in six languages, collected from the habits of real sites.

Lists are separated by `|`. Every third phrase of what surrounds an article, and every third title, is for held-out pages
only: no rule was tuned on it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """Phrases of one language by their place on a page; `{}` stands for a name, a title or a date."""

    skip: str
    menu: str
    account: str
    cookies: str
    consent: str
    banner: str
    kicker: str
    byline: str
    date: str
    months: str
    reading_time: str
    share: str
    listen: str
    advertisement: str
    read_also: str
    newsletter: str
    newsletter_text: str
    newsletter_button: str
    credit: str
    tags: str
    related: str
    comments: str
    comment_lines: str
    footer: str
    copyright: str
    donate: str
    donate_text: str
    notes_heading: str
    names: str
    titles: str
    subtitles: str
    headings: str
    sentences: str
    list_intro: str
    list_items: str
    notes: str
    captions: str
    quotes: str


ENGLISH = Vocabulary(
    skip="Skip to main content|Skip to content|Jump to navigation|Skip to article|Skip links|Skip to main page content",
    menu="News|Politics|Sport|Culture|Opinion|World|Business|Science|Our journal|Back issues|Print shop|Books & Arts|Climate|Podcasts|Events|Shop|Jobs board|Puzzles|Letters|Obituaries|Harbour life|The Weekly|Data desk|Recipes|Local|Weather",
    account="Sign in|Log in|My account|Subscribe|Become a member|Search|Search this site|US edition|Try it free|Open menu|Today's paper|Cart (0)",
    cookies="We use cookies to improve your experience on this site. By continuing you accept our use of cookies.|This website uses cookies to analyse traffic and to remember your preferences. Read our privacy policy.|We and our partners store cookies on your device so that we can measure our audience. You can change your settings at any time.",
    consent="Accept all|Reject all|Manage preferences|Accept|Only necessary|Cookie settings|That's fine|Customise|OK",
    banner="Support independent journalism|Our spring offer: 3 months for £1|Free delivery on all back issues|You have 2 free articles left this month|Read us in print|New: the harbour podcast",
    kicker="Opinion|Essay|The long read|Analysis|Harbours|Feature|From the archive|Field notes|Reportage|Letter from the coast",
    byline="By {}|by {}|Words by {}|Written by {}|{}|Text: {}|Author: {}|Story by {}",
    date="{d} {m} {y}|{m} {d}, {y}|{d} {m} {y}, 14:30|Published {m} {d}, {y}|Posted on {d} {m} {y}|{d} {m} {y} at 9.15 am|Published: {d} {m} {y}|Updated {d} {m} {y}|{iso}",
    months="January February March April May June July August September October November December",
    reading_time="5 min read|7 minute read|Reading time: 6 minutes|4 min read|Estimated reading time: 8 minutes|9 minutes to read",
    share="Share|Tweet|Facebook|Email|Print|Copy link|WhatsApp|Save|Share this article|Bluesky|Post|Save for later|Gift this article|Share full article|LinkedIn",
    listen="Listen to this article|Listen|Listen to this story|Audio version|Listen to article (7 minutes)|Hear this article read aloud",
    advertisement="Advertisement|Article continues below|ADVERTISEMENT|Sponsored|Ad|Story continues below advertisement|Paid content",
    read_also="Read more: {}|See also: {}|Related: {}|Read also: {}|More on this: {}|Don't miss: {}",
    newsletter="Sign up to our newsletter|Get our weekly email|The Tide Table: our newsletter|Never miss a story|Join 12,000 readers|Stories in your inbox",
    newsletter_text="The best of our reporting, every Friday in your inbox.|Get one long story a week, and nothing else.|No spam. Unsubscribe at any time.|Our editors' picks of the week, free and by email.",
    newsletter_button="Your email address|Sign up|Subscribe|Email address|Join|Get it|Type your email…",
    credit="Photo: {}|Photograph: {}/AP|{}/Getty Images|Credit: {}|© {}|Image: {}|Photo by {}|(Photo: {})|Illustration: {}",
    tags="Tags: harbour, walls, winter|Filed under: Harbours|Topics: coast, history|Tagged: lighthouses, stone|More on: Coasts|Categories: Essays, Coast",
    related="Related articles|Read next|More from Harbours|You may also like|Most read|More stories|Keep reading|Popular this week|What others are reading|Up next|From the archives|Recommended for you",
    comments="3 comments|Comments (12)|Leave a comment|Join the conversation|Comments|View all comments|Show 4 comments|No comments yet",
    comment_lines="Leave a reply|Log in to comment|Reply|Sort by newest|Your email address will not be published.|Report",
    footer="About us|Contact|Privacy policy|Terms of use|Advertise|Careers|Imprint|RSS|Back to top|Our team|Newsletters|Follow us on Mastodon|Manage cookies|Syndication|Facebook|Instagram|Code of conduct|Where to buy|Masthead|Press room",
    copyright="© 2024 The Harbour Gazette|© The Harbour Gazette 2024. All rights reserved.|Copyright 2024 Harbour Media Ltd|All content © 2024 the authors",
    donate="Support our work|Support independent journalism|Donate to the Gazette|Please help us go on|Become a supporter",
    donate_text="We live on the donations of our readers. A gift of £5 a month pays for one story a year.|Our work is free for everybody to read. It is paid for by readers like you: please donate today.|Without your donations this article could not have been written. Every gift helps, whatever its size.",
    notes_heading="Notes|Footnotes|Endnotes|References",
    names="Jane Doe|Wilmot Pask|Nell Oddy|Tom Arkwright|Ruth van Dyke|Samuel O’Hara|Mary-Ann Lister|Ida Roan|Colm Brady",
    titles="The long walk of the Port Adler lighthouse|Who owns the sea wall?|A harbour that nobody needed|How nine winters made a port|The last pilot of Skerrow|Why the bells stopped ringing: a winter on the coast|Low water|Against the tide, with a shovel|“We never asked for a wall”|Bread, salt and diesel",
    subtitles="It was built on a sandbank, and the sandbank moved|Two engineers, one plan, and a town that laughed at both|What a ledger in a loft tells us about the price of stone|For thirty years the town looked away. Then the water came.|The council calls it a success; the fishermen do not.|Nobody remembers who drew the first line on the map",
    headings="How do you move a tower?|The price of stone|What the council knew|A second plan|After the storm|The road to Skerrow|Nobody’s harbour|Counting the days",
    sentences="In the winter of 1998 the sea took fourteen metres of beach in a single night, and in the morning the lighthouse stood at the edge.|The tower weighs 4,500 tonnes, about as much as nine hundred elephants.|“We had perhaps three years,” says the engineer, who still keeps the first drawing in her kitchen.|The first plan was to build a wall; the second was to let it fall, and the third, which everybody laughed at, was to move it.|Nobody in the village wrote down why it had happened, and those who knew have long been dead.|The ledger that was found in the loft names twelve sacks of flour and three of oats.|It took the council two years and four meetings to agree on the colour of the door.|One hundred jacks were set under the ring of granite, and for days nothing seemed to happen.|Then it rolled, at one and a half metres an hour, on beams greased with soap.|Some came to see it fall, and most of them brought sandwiches and a folding chair.|The harbour was dug by hand in nine winters, and nobody who began it saw it filled.|A new wheel was ordered from the smith, who asked for oak, iron hoops and a month of dry weather.|The money came from a fund that nobody had heard of until the day it was empty.|Today the place is quiet, and the only sound is the halyards against the masts.|What remains is a question of law, and the law, as so often, has no answer to it.",
    list_intro="The council promised three things:|Four jobs are open today:|This is what was found in the loft:",
    list_items="a wall of granite|two new lamps for the pier|the repair of the old stairs|a ferry on Sundays|twelve sacks of flour|paint for the boats",
    notes="Interview with the author, May 2024.|The report is at https://board.example/report-1998 (pdf).|Two tonnes of it, in bars.|See the parish diary, p. 4.|Ibid., p. 12.|The figure is disputed; other sources name nine.|Letter to the Harbour Board, 3 March 1911.",
    captions="The lighthouse before the move|Fishermen mend their nets on the quay in March|The old pier at low water, seen from the church|Workers under the ring of granite|A page of the ledger found in the loft",
    quotes="“The sea does not read our plans.”|“You lift it, by a finger’s breadth a day.”|“I was nine years old and I thought it was a ship.”",
)

GERMAN = Vocabulary(
    skip="Zum Inhalt springen|Direkt zum Inhalt|Zur Navigation springen|Zum Hauptinhalt wechseln|Zur Suche|Zum Seitenende",
    menu="Politik|Wirtschaft|Kultur|Sport|Meinung|Regionales|Wissen|Reise|Hafenstadt|Unser Heft|Archiv|Rätsel|Podcast|Veranstaltungen|Bücher|Feuilleton|Leserbriefe|Wetter|Küche|Gesundheit|Immobilien|Traueranzeigen|Shop|Das Blatt|Digital",
    account="Anmelden|Mein Konto|Abonnieren|Suche|Menü|E-Paper|Jetzt testen|Abo bestellen|Registrieren|Merkliste|Ausgabe wählen",
    cookies="Wir verwenden Cookies, um unsere Seite zu verbessern. Mit der Nutzung stimmen Sie der Datenschutzerklärung zu.|Diese Website nutzt Cookies und ähnliche Technik. Ihre Einstellungen können Sie jederzeit ändern.|Wir und unsere Partner speichern Cookies auf Ihrem Gerät, um Reichweiten zu messen.",
    consent="Alle akzeptieren|Ablehnen|Einstellungen|Nur notwendige|Zustimmen|Mehr erfahren|Einverstanden|Auswahl speichern",
    banner="Jetzt vier Wochen gratis lesen|Unser Herbstangebot: 3 Monate für 9 €|Sie haben noch 2 freie Artikel|Unabhängiger Journalismus braucht Sie|Neu: der Hafenpodcast",
    kicker="Reportage|Kommentar|Essay|Häfen|Hintergrund|Aus dem Archiv|Interview|Am Wasser|Leitartikel|Serie Küste",
    byline="Von {}|Von {}|von {}|Text: {}|{}|Ein Bericht von {}|Autorin: {}",
    date="{d}. {m} {y}|{d}. {m} {y}, 14:30 Uhr|Veröffentlicht am {d}. {m} {y}|{d}.{n}.{y}|Stand: {d}. {m} {y}|Aktualisiert am {d}. {m} {y}|Erschienen am {d}. {m} {y}",
    months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    reading_time="Lesezeit: 6 Min.|5 Min. Lesezeit|Lesedauer: 7 Minuten|6 Minuten Lesezeit|ca. 8 Minuten Lesezeit|Lesedauer ca. 4 Min.",
    share="Teilen|Drucken|Merken|Facebook|Link kopieren|WhatsApp|Per Mail versenden|Auf X teilen|Artikel verschenken|Versenden|Zur Merkliste|Beitrag teilen",
    listen="Artikel anhören|Vorlesen|Anhören|Hören Sie diesen Artikel|Audio starten|Diesen Text vorlesen lassen",
    advertisement="Anzeige|Werbung|ANZEIGE|Der Artikel geht unten weiter|Nach der Werbung weiterlesen",
    read_also="Lesen Sie auch: {}|Mehr zum Thema: {}|Lesen Sie auch: {}|Siehe auch: {}|Dazu auch: {}",
    newsletter="Newsletter abonnieren|Unser Wochenbrief|Nichts mehr verpassen|Post aus dem Hafen|Der Newsletter aus der Redaktion",
    newsletter_text="Jeden Freitag die besten Geschichten der Woche in Ihrem Postfach.|Kostenlos und jederzeit kündbar.|Einmal in der Woche schreibt Ihnen die Redaktion, was wichtig war.",
    newsletter_button="Ihre E-Mail-Adresse|Anmelden|E-Mail-Adresse|Jetzt anmelden|Abonnieren|Eintragen",
    credit="Foto: {}|Foto: {}/dpa|Bild: {}|© {}|(Foto: {})|Grafik: {}|Fotografin: {}",
    tags="Schlagwörter: Hafen, Speicher|Themen: Küste, Geschichte|Tags: Mauer, Winter|Stichworte: Leuchtturm, Stein|Mehr zu: Hafenstadt",
    related="Mehr zum Thema|Das könnte Sie auch interessieren|Lesen Sie auch|Meistgelesen|Weitere Artikel|Ähnliche Beiträge|Auch interessant|Aus dem Archiv|Empfehlungen der Redaktion|Neueste Artikel",
    comments="3 Kommentare|Kommentare (12)|Kommentare|Kommentar schreiben|Diskutieren Sie mit|Alle Kommentare anzeigen|Noch keine Kommentare",
    comment_lines="Antworten|Zum Kommentieren anmelden|Ihre E-Mail-Adresse wird nicht veröffentlicht.|Neueste zuerst|Melden",
    footer="Impressum|Datenschutz|Kontakt|AGB|Mediadaten|Über uns|Nach oben|Karriere|Barrierefreiheit|Abo kündigen|Redaktion|Leserservice|Widerruf|Cookie-Einstellungen|RSS-Feed|Instagram|Presse|Jobs im Verlag",
    copyright="© 2024 Hafenstädter Bote. Alle Rechte vorbehalten.|© Hafenstädter Bote 2024|Copyright 2024 Bote Verlag GmbH",
    donate="Unterstützen Sie uns|Unterstützen Sie unsere Arbeit|Spenden Sie für den Boten|Helfen Sie uns",
    donate_text="Wir schreiben unabhängig und leben von Spenden. Ihre Spende von 5 Euro im Monat hilft uns.|Unsere Texte sind frei zu lesen. Bezahlt werden sie mit den Spenden unserer Leser: Bitte spenden Sie jetzt.",
    notes_heading="Fußnoten|Anmerkungen|Einzelnachweise|Endnoten",
    names="Jana Müller|Piet Vos|Anna von Thurn|Karl-Heinz Brandt|Lena Özdemir|Hinrich Behrens",
    titles="Wer den Speicher rettet|Der lange Weg des Leuchtturms|Neun Winter für einen Hafen|Warum die Glocken schweigen: ein Winter an der Küste|Niedrigwasser|Wem gehört der Deich?|„Wir wollten nie eine Mauer“",
    subtitles="Das alte Haus gehört der Stadt, aber niemand will es haben|Zwei Ingenieure, ein Plan und eine Stadt, die über beide lachte|Dreißig Jahre lang sah die Stadt weg. Dann kam das Wasser.|Was ein Kassenbuch über den Preis der Steine verrät",
    headings="Was der Verein plant|Der Preis der Steine|Nach dem Sturm|Ein zweiter Plan|Die Straße nach Osten|Was wusste die Stadt?",
    sentences="Der Speicher am Binnenhafen steht seit 1897 leer und wartet auf einen neuen Besitzer, den es vielleicht gar nicht gibt.|Am Montag trafen sich im Rathaus vierzehn Männer und Frauen, um über das alte Haus zu sprechen.|Der Kaufpreis von 1,2 Millionen Euro gilt als fair, doch die Sanierung kostet das Dreifache.|„Wir fangen mit dem Dach an“, sagt der Vorsitzende des Vereins und zeigt auf die Lücken zwischen den Ziegeln.|Damals fehlte das Geld; heute fehlt vor allem die Zeit, und wer beides hat, zieht fort.|Im Speicher fand sich ein Kassenbuch, es nennt zwölf Säcke Mehl und drei Säcke Hafer.|Niemand im Dorf schrieb auf, warum es geschehen war, und wer es wusste, ist lange tot.|Der Turm wiegt 4500 Tonnen, ungefähr so viel wie neunhundert Elefanten.|Hundert Pressen wurden unter den Ring aus Granit gesetzt, und tagelang schien nichts zu geschehen.|Heute ist es still am Hafen, man hört nur die Leinen gegen die Masten schlagen.|Der Hafen wurde in neun Wintern von Hand gegraben, und keiner, der damit begann, sah ihn voll Wasser.|Was bleibt, ist eine Frage des Rechts, und das Recht hat wie so oft keine Antwort.",
    list_intro="Im Erdgeschoss soll entstehen:|Der Rat versprach drei Dinge:",
    list_items="eine Tischlerei|eine Druckerei mit zwei Pressen|ein Raum für die Schule|eine Fähre am Sonntag|Farbe für die Boote",
    notes="Protokoll der Sitzung vom 9. September 2024, S. 3.|Gespräch am 2. September.|Gutachten der Kammer, siehe https://kammer.example/gutachten.|Kirchenbuch, S. 4.|Ebenda, S. 12.|Zweimal gezählt.",
    captions="Der Speicher vor dem Umbau|Fischer flicken im März ihre Netze am Kai|Die alte Mole bei Niedrigwasser|Eine Seite aus dem Kassenbuch",
    quotes="„Das Meer liest unsere Pläne nicht.“|„Ich war neun Jahre alt und hielt ihn für ein Schiff.“",
)

FRENCH = Vocabulary(
    skip="Aller au contenu principal|Aller au contenu|Passer au menu|Aller à la recherche|Accéder au pied de page",
    menu="Société|Politique|Culture|Économie|Sports|Idées|Planète|Sciences|Nos enquêtes|Le journal|Ports|Littoral|Podcasts|Recettes|Mots croisés|Régions|Débats|Archives|Boutique|Météo|Immobilier|Carnet|Voyages|Littérature",
    account="Se connecter|Mon compte|S’abonner|Rechercher|Menu|Je m’abonne|Le journal du jour|Créer un compte|Édition abonnés|Essai gratuit",
    cookies="Nous utilisons des cookies pour améliorer votre expérience sur ce site. Vous pouvez accepter ou refuser.|Avec nos partenaires, nous utilisons des cookies pour mesurer l’audience. Consultez notre politique de confidentialité.",
    consent="Tout accepter|Tout refuser|Paramétrer|Continuer sans accepter|J’accepte|Gérer mes choix|En savoir plus",
    banner="Offre d’automne : 3 mois pour 1 €|Il vous reste 2 articles gratuits|Lisez-nous sur papier|La presse libre a besoin de vous|Nouveau : le podcast du port",
    kicker="Reportage|Enquête|Tribune|Littoral|Entretien|Analyse|Carnet de bord|Le grand récit|Portrait",
    byline="Par {}|Par {}|par {}|Texte : {}|{}|Un texte de {}|Propos recueillis par {}",
    date="Publié le {d} {m} {y}|{d} {m} {y}|Publié le {d} {m} {y} à 06h00|{d} {m} {y} à 14h30|Mis à jour le {d} {m} {y}|Le {d} {m} {y}|{d}/{n}/{y}",
    months="janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    reading_time="Temps de lecture : 5 min|Lecture 6 min.|7 min de lecture|Temps de lecture : 4 minutes|Lecture : 8 minutes|Durée de lecture estimée : 5 min",
    share="Partager|Facebook|Imprimer|Copier le lien|Envoyer par e-mail|WhatsApp|Offrir cet article|Enregistrer|Partager cet article|Ajouter à vos sélections|X|Réagir",
    listen="Écouter cet article|Écouter l’article|Écouter|Lire l’article à voix haute|Version audio",
    advertisement="Publicité|La suite après cette publicité|PUBLICITÉ|Contenu sponsorisé|Annonce",
    read_also="Lire aussi : {}|À lire aussi : {}|Lire aussi | {}|Voir aussi : {}|Notre enquête : {}",
    newsletter="Inscrivez-vous à notre newsletter|La lettre du large|Ne manquez rien|Recevez notre lettre|Chaque vendredi dans votre boîte",
    newsletter_text="Chaque vendredi, le meilleur de nos articles dans votre boîte mail.|Gratuit, et vous pouvez vous désinscrire à tout moment.|Une longue histoire par semaine, et rien d’autre.",
    newsletter_button="Votre adresse e-mail|S’inscrire|Je m’inscris|Votre e-mail|Valider|M’inscrire",
    credit="Photo : {}|{} / AFP|Crédit photo : {}|© {}|(Photo : {})|Photographie : {}",
    tags="Sujets : port, mer|Mots-clés : phare, pierre|Thèmes : littoral, histoire|Étiquettes : digue|Tags : môle, hiver",
    related="À lire aussi|Sur le même sujet|Les plus lus|Dans la même rubrique|Vous aimerez aussi|Articles similaires|Pour aller plus loin|Nos dernières enquêtes|À la une en ce moment",
    comments="3 commentaires|Commentaires (12)|Commentaires|Laisser un commentaire|Réagissez à cet article|Voir tous les commentaires|Participez à la conversation",
    comment_lines="Répondre|Connectez-vous pour commenter|Votre adresse e-mail ne sera pas publiée.|Signaler|Les plus récents",
    footer="Mentions légales|Gestion des cookies|Contact|Plan du site|CGU|Confidentialité|Qui sommes-nous ?|Publicité|Recrutement|Nos journalistes|Aide et contact|Charte|Suivez-nous|Haut de page|Service abonnés|Archives|Instagram",
    copyright="© 2024 Le Courrier des Grèves|© Le Courrier des Grèves 2024. Tous droits réservés.|Copyright 2024 Grèves Médias",
    donate="Soutenez un journal indépendant|Soutenez-nous|Faites un don au Courrier|Aidez-nous à continuer",
    donate_text="Notre rédaction vit des dons de ses lecteurs. Avec 5 euros par mois, vous financez une enquête par an.|Nos articles sont en accès libre. Ce sont vos dons qui les paient : faites un don aujourd’hui.",
    notes_heading="Notes|Notes de bas de page|Références",
    names="Maëlle Kerdoncuff|Yann Prigent|Paul Le Dantec|Anne-Marie Duval|Soizic Le Goff|Étienne de la Roche",
    titles="À Port-Lannec, le vieux môle attend ses tailleurs de pierre|Neuf hivers pour un port|Le phare qui marchait|À qui appartient la digue ?|Basse mer|Pourquoi les cloches se sont tues : un hiver sur la côte|« Nous n’avions pas demandé de mur »",
    subtitles="Fermé depuis deux ans, l’ouvrage divise la commune : faut-il le restaurer ou le remplacer ?|Deux ingénieurs, un plan, et une ville qui se moquait des deux|Trente ans durant, la ville a regardé ailleurs. Puis l’eau est venue.|Ce qu’un registre trouvé au grenier dit du prix des pierres",
    headings="Une pierre qui ne se trouve plus|Le prix du granit|Après la tempête|Un second plan|Que savait la mairie ?|La route de l’est",
    sentences="Ce matin-là, le vent est tombé et la mer, pour une fois, se tait au bout du quai désert.|La commune compte 1 240 habitants et trois kilomètres de rivage, dont la moitié est interdite.|« Mon grand-père les a posés un par un », raconte la gardienne en montrant du doigt les blocs disjoints.|Le conseil municipal a voté une première étude, confiée à un cabinet de la région.|Trois artisans seulement ont répondu à l’appel d’offres, et un seul travaille encore la pierre à la main.|L’État promet un tiers de la somme, la région un autre ; la commune cherche le dernier.|Le registre trouvé au grenier nomme douze sacs de farine et trois sacs d’avoine.|Personne au village n’a écrit pourquoi cela était arrivé, et ceux qui le savaient sont morts depuis longtemps.|Le phare pèse 4 500 tonnes, à peu près autant que neuf cents éléphants.|Aujourd’hui le port est calme, et l’on n’entend que les drisses contre les mâts.|Cent vérins furent placés sous l’anneau de granit, et pendant des jours rien ne sembla se passer.|Reste une question de droit, et le droit, comme souvent, n’y répond pas.",
    list_intro="Le conseil a promis trois choses :|Au rez-de-chaussée, on trouvera :",
    list_items="un mur de granit|deux lampes neuves pour la jetée|la réparation du vieil escalier|un bac le dimanche|de la peinture pour les bateaux",
    notes="Recensement de 2021, chiffres communiqués par la mairie.|Entretien avec l’auteure, juillet 2024.|Budget primitif de la commune, p. 14.|Ibid., p. 12.|Voir https://port.example/rapport.|Compté deux fois.",
    captions="Le môle de Port-Lannec, fermé au public depuis deux ans|Des pêcheurs réparent leurs filets en mars|La vieille jetée à marée basse|Une page du registre trouvé au grenier",
    quotes="« La mer ne lit pas nos plans. »|« J’avais neuf ans et je l’ai pris pour un navire. »",
)

SPANISH = Vocabulary(
    skip="Saltar al contenido|Ir al contenido principal|Ir al menú|Saltar a la navegación|Ir al pie de página",
    menu="Política|Sociedad|Cultura|Economía|Deportes|Opinión|Ciencia|Internacional|El río|La revista|Archivo|Crucigrama|Libros|Recetas|Tiempo|Viajes|Cartas|Especiales|Nuestra tienda|Costas|Pódcast|Agenda|Pueblos",
    account="Iniciar sesión|Mi cuenta|Suscríbete|Buscar|Menú|Regístrate|Edición impresa|Prueba gratis|Hazte socio|Abrir menú",
    cookies="Utilizamos cookies para mejorar su experiencia en esta página. Puede aceptar o rechazar su uso.|Nosotros y nuestros socios utilizamos cookies para medir la audiencia. Consulte nuestra política de privacidad.",
    consent="Aceptar todo|Rechazar todo|Configurar|Aceptar y continuar|Solo las necesarias|Más información",
    banner="Oferta de otoño: 3 meses por 1 €|Te quedan 2 artículos gratis|Periodismo libre gracias a ti|Nuevo: el pódcast del puerto",
    kicker="Reportaje|Entrevista|Tribuna|Costas|Crónica|Análisis|Cuaderno de campo|Historia|Perfil",
    byline="Por {}|Por {}|por {}|Texto: {}|{}|Autora: {}|Una crónica de {}",
    date="{d} de {m} de {y}|{d} {m} {y}|Publicado el {d} de {m} de {y}|Actualizado el {d} de {m} de {y}|{d} de {m} de {y} a las 10:15|{d}/{n}/{y}",
    months="enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    reading_time="Tiempo de lectura: 5 minutos|Lectura: 6 min|7 min de lectura|5 minutos de lectura|Tiempo estimado de lectura: 8 min",
    share="Compartir|Compartir en Facebook|Compartir en WhatsApp|Copiar enlace|Imprimir|Guardar|Enviar por correo|Twitter|Guardar para después|Regalar artículo|Enlace copiado|Telegram",
    listen="Escuchar artículo|Escuchar|Escucha este artículo|Oír la noticia|Versión en audio",
    advertisement="Publicidad|PUBLICIDAD|Anuncio|Contenido patrocinado|La noticia continúa abajo",
    read_also="Lee también: {}|Te puede interesar: {}|Lee también | {}|Leer más: {}|Ver también: {}",
    newsletter="Suscríbete a nuestro boletín|Recibe nuestro boletín|No te pierdas nada|La carta del río|Noticias en tu correo",
    newsletter_text="Cada viernes, lo mejor de nuestras historias en tu correo.|Gratis, y puedes darte de baja cuando quieras.|Una historia larga por semana y nada más.",
    newsletter_button="Tu correo electrónico|Suscribirme|Enviar|Apuntarme|Escribe tu correo",
    credit="Foto: {}|{} / EFE|Fotografía: {}|© {}|(Foto: {})|Imagen: {}",
    tags="Etiquetas: río, vivero|Temas: costa, historia|Archivado en: Ríos|Más sobre: faros|Tags: piedra, invierno",
    related="Te puede interesar|Lo más leído|Noticias relacionadas|Artículos relacionados|Lee también|Más noticias|También en la revista|Lo último|Otros reportajes",
    comments="3 comentarios|Comentarios (12)|Comentarios|Deja un comentario|Participa en la conversación|Ver todos los comentarios",
    comment_lines="Responder|Inicia sesión para comentar|Tu correo no será publicado.|Más recientes|Denunciar",
    footer="Aviso legal|Política de privacidad|Contacto|Quiénes somos|Publicidad|Mapa web|Condiciones de uso|Síguenos|Trabaja con nosotros|Política de cookies|Volver arriba|Atención al lector|Redacción|Estatuto editorial|Hemeroteca|Instagram",
    copyright="© 2024 El Diario del Río|© El Diario del Río 2024. Todos los derechos reservados.|Copyright 2024 Prensa del Río",
    donate="Apoya nuestro periodismo|Apóyanos|Haz una donación|Ayúdanos a seguir",
    donate_text="Vivimos de las donaciones de nuestros lectores. Con 5 euros al mes pagas un reportaje al año.|Nuestros textos son gratuitos. Los pagan tus donaciones: haz hoy una donación, por pequeña que sea.",
    notes_heading="Notas|Notas al pie|Referencias",
    names="Ana López|Pedro Ruiz|María de la Cruz|José Ignacio Vidal|Inés Arroyo|Carmen Sanz",
    titles="El último jardinero del río|Nueve inviernos para un puerto|El faro que caminaba|¿De quién es el dique?|Bajamar|Por qué callaron las campanas: un invierno en la costa",
    subtitles="El vivero municipal cierra tras cuarenta años: nadie quiere heredar sus mil rosales|Dos ingenieros, un plan y una ciudad que se reía de ambos|Durante treinta años el pueblo miró a otro lado. Luego vino el agua.",
    headings="¿Qué será de los rosales?|El precio de la piedra|Después de la tormenta|Un segundo plan|El camino del este",
    sentences="Llega cada mañana a las seis y media, cuando todavía no hay nadie en la orilla del río.|Riega, poda y anota en una libreta todo lo que florece, como hacía su padre antes de la guerra.|El ayuntamiento ofrece el terreno, de dos hectáreas, a quien quiera cuidarlo durante diez años.|«Ninguno sabe lo que es una helada», dice mientras cierra con llave la puerta del invernadero.|Hasta ahora han llamado tres personas: un maestro, una pareja de Madrid y un señor con una caravana.|El libro que apareció en el desván nombra doce sacos de harina y tres de avena.|Nadie en el pueblo escribió por qué había ocurrido, y quienes lo sabían murieron hace mucho.|El faro pesa 4.500 toneladas, más o menos lo mismo que novecientos elefantes.|Hoy el puerto está tranquilo y solo se oyen las cuerdas contra los mástiles.|El dinero vino de un fondo del que nadie había oído hablar hasta el día en que se vació.|Pusieron cien gatos bajo el anillo de granito y durante días no pareció ocurrir nada.",
    list_intro="El ayuntamiento prometió tres cosas:|Esto es lo que había en el desván:",
    list_items="un muro de granito|dos faroles nuevos para el muelle|el arreglo de la escalera vieja|un barco los domingos",
    notes="Desde 1984, según el registro municipal.|Conversación con el autor.|Anuncio publicado en el tablón el 1 de agosto de 2024.|Ibid., p. 12.|Véase https://rio.example/informe.",
    captions="Un jardinero poda rosales junto al río|Pescadores remiendan sus redes en marzo|El viejo muelle en la bajamar",
    quotes="«El mar no lee nuestros planes.»|«Tenía nueve años y creí que era un barco.»",
)

ITALIAN = Vocabulary(
    skip="Vai al contenuto|Salta al contenuto|Vai al menu|Passa alla navigazione|Vai alla ricerca",
    menu="Politica|Cronaca|Cultura|Economia|Sport|Opinioni|Scienza|Esteri|Il porto|La rivista|Archivio|Cruciverba|Libri|Ricette|Meteo|Viaggi|Lettere|Speciali|Il negozio|Coste|Podcast|Eventi",
    account="Accedi|Il mio profilo|Abbonati|Cerca|Menu|Registrati|Edicola|Prova gratis|Area riservata",
    cookies="Utilizziamo i cookie per migliorare la tua esperienza sul sito. Puoi accettare o rifiutare.|Noi e i nostri partner utilizziamo cookie per misurare il pubblico. Leggi l’informativa sulla privacy.",
    consent="Accetta tutti|Rifiuta|Personalizza|Accetta|Continua senza accettare|Gestisci preferenze",
    banner="Offerta d’autunno: 3 mesi a 1 €|Ti restano 2 articoli gratuiti|Il giornalismo libero ha bisogno di te|Novità: il podcast del porto",
    kicker="Reportage|Inchiesta|Intervista|Coste|Analisi|Il racconto|Dall’archivio|Ritratto",
    byline="Di {}|di {}|Testo: {}|{}|Di {}|Autore: {}",
    date="{d} {m} {y}|Pubblicato il {d} {m} {y}|{d} {m} {y} alle 10:15|Aggiornato il {d} {m} {y}|{d} {m} {y}, ore 14.30|{d}/{n}/{y}",
    months="gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    reading_time="Tempo di lettura: 5 minuti|6 min di lettura|Lettura: 7 minuti|Tempo di lettura stimato: 8 min",
    share="Condividi|Stampa|Salva|Copia link|Facebook|WhatsApp|Invia per email|Regala questo articolo|Salva per dopo|Condividi su X",
    listen="Ascolta l’articolo|Ascolta|Ascolta questo articolo|Versione audio",
    advertisement="Pubblicità|PUBBLICITÀ|Continua a leggere|Annuncio|Contenuto sponsorizzato",
    read_also="Leggi anche: {}|Leggi anche | {}|Vedi anche: {}|Approfondisci: {}",
    newsletter="Iscriviti alla newsletter|Ricevi la nostra newsletter|Non perderti nulla|La lettera dal porto",
    newsletter_text="Ogni venerdì il meglio delle nostre storie nella tua casella.|Gratis, e puoi cancellarti quando vuoi.|Una lunga storia alla settimana e nient’altro.",
    newsletter_button="Il tuo indirizzo email|Iscriviti|Invia|La tua email|Iscrivimi",
    credit="Foto: {}|{} / ANSA|Foto di {}|© {}|(Foto: {})|Immagine: {}",
    tags="Argomenti: porto, mare|Tag: faro, pietra|Temi: costa, storia|Parole chiave: molo",
    related="Leggi anche|I più letti|Articoli correlati|Potrebbe interessarti|Altri articoli|Dalla stessa rubrica|In evidenza|Ultime notizie",
    comments="3 commenti|Commenti (12)|Commenti|Lascia un commento|Partecipa alla discussione|Vedi tutti i commenti",
    comment_lines="Rispondi|Accedi per commentare|Il tuo indirizzo email non sarà pubblicato.|Segnala",
    footer="Note legali|Privacy|Contatti|Chi siamo|Pubblicità|Mappa del sito|Lavora con noi|Seguici|Torna su|Termini e condizioni|Redazione|Servizio clienti|Informativa sui cookie|Instagram",
    copyright="© 2024 Il Corriere del Molo|© Il Corriere del Molo 2024. Tutti i diritti riservati.|Copyright 2024 Molo Editore",
    donate="Sostieni il nostro lavoro|Sostienici|Fai una donazione|Aiutaci a continuare",
    donate_text="Viviamo delle donazioni dei nostri lettori. Con 5 euro al mese paghi un’inchiesta all’anno.|I nostri articoli sono gratuiti. Li pagano le tue donazioni: fai oggi una donazione, anche piccola.",
    notes_heading="Note|Note a piè di pagina|Riferimenti",
    names="Giulia Ferri|Marco De Santis|Anna Lisa Conti|Pietro della Valle|Chiara Bassi",
    titles="Il faro che camminava|Nove inverni per un porto|Di chi è la diga?|Bassa marea|Perché le campane tacciono: un inverno sulla costa|L’ultimo giardiniere del fiume",
    subtitles="Due ingegneri, un piano e una città che rideva di entrambi|Per trent’anni il paese ha guardato altrove. Poi è arrivata l’acqua.|Quello che un registro in soffitta racconta del prezzo della pietra",
    headings="Il prezzo della pietra|Dopo la tempesta|Un secondo piano|Che cosa sapeva il comune?|La strada verso est",
    sentences="Quella mattina il vento è caduto e il mare, per una volta, tace in fondo al molo deserto.|Il faro pesa 4.500 tonnellate, più o meno quanto novecento elefanti messi in fila.|Nessuno in paese scrisse perché era successo, e chi lo sapeva è morto da tempo.|Il registro trovato in soffitta nomina dodici sacchi di farina e tre di avena.|Il comune offre il terreno, due ettari, a chi vuole curarlo per almeno dieci anni.|«Nessuno sa che cos’è una gelata», dice chiudendo a chiave la porta della serra.|Cento martinetti furono messi sotto l’anello di granito, e per giorni non sembrò accadere nulla.|Oggi il porto è tranquillo e si sentono soltanto le cime contro gli alberi.|Il denaro veniva da un fondo di cui nessuno aveva sentito parlare fino al giorno in cui fu vuoto.|Resta una questione di diritto, e il diritto, come spesso accade, non ha una risposta.",
    list_intro="Il comune ha promesso tre cose:|Ecco che cosa c’era in soffitta:",
    list_items="un muro di granito|due lampioni nuovi per il molo|la riparazione della vecchia scala|un traghetto la domenica",
    notes="Intervista con l’autrice, maggio 2024.|Registro parrocchiale, p. 4.|Ibid., p. 12.|Si veda https://porto.example/rapporto.|Contato due volte.",
    captions="Il faro prima dello spostamento|Pescatori riparano le reti in marzo|Il vecchio molo con la bassa marea",
    quotes="«Il mare non legge i nostri piani.»|«Avevo nove anni e credevo che fosse una nave.»",
)

PORTUGUESE = Vocabulary(
    skip="Ir para o conteúdo|Pular para o conteúdo principal|Saltar para o conteúdo|Ir para o menu|Avançar para o conteúdo",
    menu="Política|Sociedade|Cultura|Economia|Desporto|Opinião|Ciência|Mundo|O porto|A revista|Arquivo|Palavras cruzadas|Livros|Receitas|Tempo|Viagens|Cartas|Especiais|A loja|Costas|Podcasts|Agenda",
    account="Entrar|Minha conta|Assinar|Pesquisar|Menu|Iniciar sessão|Edição impressa|Experimente grátis|Criar conta",
    cookies="Utilizamos cookies para melhorar a sua experiência no site. Pode aceitar ou rejeitar.|Nós e os nossos parceiros utilizamos cookies para medir a audiência. Consulte a política de privacidade.",
    consent="Aceitar tudo|Rejeitar|Configurar|Aceitar|Gerir opções|Só os necessários",
    banner="Oferta de outono: 3 meses por 1 €|Restam-lhe 2 artigos gratuitos|O jornalismo livre precisa de si|Novo: o podcast do porto",
    kicker="Reportagem|Entrevista|Crónica|Costas|Análise|Caderno de campo|Ensaio|Perfil",
    byline="Por {}|por {}|Texto: {}|{}|Por {}|Autora: {}",
    date="{d} de {m} de {y}|Publicado em {d} de {m} de {y}|{d} de {m} de {y} às 10h|Atualizado em {d} de {m} de {y}|{d}/{n}/{y}",
    months="janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    reading_time="Tempo de leitura: 5 minutos|6 min de leitura|Leitura: 7 minutos|Tempo estimado de leitura: 8 min",
    share="Partilhar|Compartilhar|Imprimir|Copiar link|Facebook|WhatsApp|Enviar por email|Guardar|Oferecer artigo|Partilhar no X",
    listen="Ouvir artigo|Ouvir|Ouça este artigo|Versão áudio",
    advertisement="Publicidade|PUBLICIDADE|Continua após a publicidade|Anúncio|Conteúdo patrocinado",
    read_also="Leia também: {}|Leia mais: {}|Veja também: {}|Leia também | {}|A não perder: {}",
    newsletter="Subscreva a newsletter|Assine a nossa newsletter|Não perca nada|A carta do porto",
    newsletter_text="Todas as sextas-feiras o melhor das nossas histórias no seu email.|Grátis, e pode cancelar quando quiser.|Uma história longa por semana e nada mais.",
    newsletter_button="O seu email|Subscrever|Enviar|Inscrever-me|Quero receber",
    credit="Foto: {}|{} / Lusa|Fotografia: {}|© {}|(Foto: {})|Imagem: {}",
    tags="Tópicos: porto, mar|Etiquetas: farol|Temas: costa, história|Mais sobre: rios|Tags: pedra, inverno",
    related="Leia também|As mais lidas|Artigos relacionados|Notícias relacionadas|Veja também|Da mesma secção|Últimas|A ler a seguir",
    comments="3 comentários|Comentários (12)|Comentários|Deixe um comentário|Participe na conversa|Ver todos os comentários",
    comment_lines="Responder|Inicie sessão para comentar|O seu email não será publicado.|Denunciar",
    footer="Termos e condições|Política de privacidade|Contactos|Quem somos|Publicidade|Mapa do site|Ficha técnica|Siga-nos|Voltar ao topo|Estatuto editorial|Apoio ao leitor|Trabalhe connosco|Instagram",
    copyright="© 2024 O Diário do Cais|© O Diário do Cais 2024. Todos os direitos reservados.|Copyright 2024 Cais Editora",
    donate="Apoie o nosso jornalismo|Apoie-nos|Faça uma doação|Ajude-nos a continuar",
    donate_text="Vivemos das doações dos nossos leitores. Com 5 euros por mês paga uma reportagem por ano.|Os nossos textos são gratuitos. São pagos pelas suas doações: faça hoje uma doação.",
    notes_heading="Notas|Notas de rodapé|Referências",
    names="Inês Teixeira|Rui da Costa|Maria João Pires|António Vaz de Melo|Sofia Brandão",
    titles="O farol que andava|Nove invernos para um porto|De quem é o dique?|Maré baixa|Porque se calaram os sinos: um inverno na costa|O último jardineiro do rio",
    subtitles="Dois engenheiros, um plano e uma cidade que se ria de ambos|Durante trinta anos a vila olhou para o lado. Depois veio a água.|O que um livro no sótão conta sobre o preço da pedra",
    headings="O preço da pedra|Depois da tempestade|Um segundo plano|O que sabia a câmara?|A estrada para leste",
    sentences="Naquela manhã o vento caiu e o mar, por uma vez, cala-se ao fundo do cais deserto.|O farol pesa 4500 toneladas, mais ou menos o mesmo que novecentos elefantes em fila.|Ninguém na aldeia escreveu porque tinha acontecido, e quem o sabia morreu há muito tempo.|O livro encontrado no sótão refere doze sacos de farinha e três de aveia.|A câmara oferece o terreno, dois hectares, a quem quiser cuidar dele durante dez anos.|«Nenhum sabe o que é uma geada», diz enquanto fecha à chave a porta da estufa.|Cem macacos foram postos sob o anel de granito, e durante dias nada pareceu acontecer.|Hoje o porto está calmo e só se ouvem os cabos contra os mastros.|O dinheiro veio de um fundo de que ninguém tinha ouvido falar até ao dia em que ficou vazio.|Resta uma questão de direito, e o direito, como tantas vezes, não tem resposta.",
    list_intro="A câmara prometeu três coisas:|Eis o que havia no sótão:",
    list_items="um muro de granito|dois candeeiros novos para o cais|o arranjo da escada velha|um barco aos domingos",
    notes="Entrevista com a autora, maio de 2024.|Registo paroquial, p. 4.|Ibid., p. 12.|Ver https://porto.example/relatorio.|Contado duas vezes.",
    captions="O farol antes da mudança|Pescadores remendam as redes em março|O velho cais na maré baixa",
    quotes="«O mar não lê os nossos planos.»|«Eu tinha nove anos e pensei que era um navio.»",
)

LANGUAGES = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "it": ITALIAN,
    "pt": PORTUGUESE,
}


#: Lists of the article itself.
_CONTENT = {"months", "names", "subtitles", "headings", "sentences", "list_intro", "list_items"}
_CONTENT |= {"notes", "captions", "quotes"}


def list_phrases(vocabulary: Vocabulary, name: str, *, with_held_out: bool) -> list[str]:
    """Return the phrases of a list; without the held-out ones, unless *with_held_out*."""
    assert name in {field.name for field in fields(Vocabulary)}
    separator = " " if name == "months" else "|"
    text: str = getattr(vocabulary, name).replace(" | ", " ¦ ")
    phrases = [phrase.replace("¦", "|") for phrase in text.split(separator)]
    if with_held_out or name in _CONTENT:
        return phrases
    return [phrase for i, phrase in enumerate(phrases) if i % 3 != 2] or phrases
