"""Words next to a number that is not the marker of a note, in the common European languages."""

from __future__ import annotations


def _split_words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Before a number that counts or names something: `page 3`, `Kapitel 2`, `between 5 and 7`.
WORDS_BEFORE_NUMBERS = _split_words("""
    no nos number numbers nr nrs num n° nº section sections sect sec chapter chapters ch chap page pages p pp
    part parts pt figure figures fig figs table tables tab step steps volume volumes vol vols version versions
    v article articles art arts day days level levels phase stage type types class group groups grade round
    week weeks year years month months zone channel episode verse lines note notes footnote item items
    question appendix annex issue paragraph para § clause age aged ages size score model see cf of and to than
    in at by for from about over under nearly only just some around between with within until till every
    almost exactly roughly approximately least most more less or is are was were be has have had the a an its
    their his her my our your per plus minus times equals on off up all other another first last next these
    those siehe vgl kapitel kap seite seiten s abschnitt abs teil abbildung abb tabelle schritt band bd bde
    artikel tag tage stufe klasse gruppe woche jahr jahre jahrgang heft ziffer zeile linie gleis zimmer platz
    paragraf absatz punkt satz anmerkung fußnote von und bis als um am mit nach etwa rund über unter fast nur
    knapp ca circa zwischen je alle oder im zu für auf seit vor ab die der das den dem des ein eine einen
    einer sind ist war waren hat haben voir chapitre partie tableau étape tome jour niveau numéro classe
    groupe ligne salle alinéa annexe de et à que en dans sur environ moins entre pour par avec depuis quelque
    près les la le un une du ces ses sont est ont avait y ver página páginas pág págs capítulo cap sección
    parte tabla paso tomo día nivel número núm línea sala nota pregunta anexo artículo siglo grado e con unos
    unas casi hasta desde por más menos sobre los las el una son es fue eran tiene tienen cada solo sólo seção
    secção tabela passo dia nível parágrafo artigo linha em com uns umas quase até mais os as o uma são foi
    foram tem cerca capitolo sezione tabella giorno livello numero paragrafo articolo linea di ed quasi tra
    fra fino da più meno su i gli lo il uno sono era erano ha hanno hoofdstuk pagina pagina's blz deel tabel
    stap dag nummer paragraaf lijn zaal noot van tot op met ongeveer bijna tussen voor meer minder het een
    zijn heeft rozdział rozdz strona str część krok dzień poziom numer ust pkt w z do od na po około prawie
    między ponad oraz lub co jest są był były
""")

#: The same, if they are capitalized as in names: `Room 4`, `World War 2`, `Formula 1`.
NUMBERED_NAMES = _split_words("""
    war room route highway road street bus line gate track floor flat season game act scene unit apollo covid
    formula platform pier rule law book studio terminal top weltkrieg guerre guerra oorlog
""")

#: Abbreviations whose full stop is followed by a number of their own: `No. 3`, `S. 12`, `fig. 2`.
ABBREVIATIONS = _split_words("""
    no nos nr nrs num núm nº n° ch chap kap cap rozdz sec sect abschn p pp s blz pág págs pag str pt fig figs
    abb tab vol vols bd bde v vv art arts abs par para lit ziff z q d n f ff fol cf vgl op st dr prof mr mrs
    ms sr sra sig ca c approx est jan feb mar apr jun jul aug sep sept oct okt nov dec dez ene abr dic janv
    févr avr juil déc gen mag giu lug ott ed eds hrsg rev suppl t anm ust pkt
""")

#: Abbreviations that are words too: "a work of art."
AMBIGUOUS_ABBREVIATIONS = _split_words("no art arts par ed lit cap op est jan dec mag gen jun")

#: Words that a number counts or measures, even if capitalized, like German nouns.
COUNTED_WORDS = _split_words("""
    million millions billion billions trillion thousand hundred percent per cent percentage years year months
    month weeks week days day hours hour minutes minute seconds second km m cm mm kg g t ha mph am pm a.m p.m
    euros euro dollars dollar pounds pence people men women times degrees metres meters miles feet inches
    litres liters tonnes tons cups cup tablespoons teaspoons tbsp tsp eggs pages points goals votes
    millionen milliarden milliarde tausend hundert prozent prozentpunkte uhr jahre jahren jahr monate monaten
    wochen tage tagen stunden minuten sekunden kilometer meter zentimeter kilo kilogramm gramm liter tonnen
    grad mann menschen personen leute frauen männer kinder franken mal seiten milliards mille pour ans années
    mois semaines jours heures personnes kilomètres mètres degrés millones mil ciento años meses semanas días
    horas minutos personas kilómetros metros grados veces milhões anos dias pessoas quilômetros quilómetros
    graus reais vezes milioni mila anni mesi settimane giorni ore minuti persone chilometri metri gradi volte
    miljoen miljard duizend procent jaar maanden weken dagen uur mensen keer graden milionów miliony miliardów
    tysięcy lat lata miesięcy tygodni dni godzin minut osób złotych
""")

#: Words that no number counts; they may follow a marker inside a sentence.
WORDS_AFTER_MARKERS = _split_words("""
    and or but nor which that who whom whose was were is are has have had will would can could may might must
    shall should he she it they we you i when while where because although though if unless said says wrote
    writes argued noted found also on at for with from by under as so than then thus however not und oder aber
    denn der die das welche welcher welches ist sind war waren hat hatte hatten wird wurde wurden kann er sie
    es wir als wenn weil während dass daß sagt sagte schreibt schrieb auch auf für mit bei unter et ou mais
    qui que dont où est sont était étaient ont avait avaient sera il elle ils elles nous quand si car dit
    écrit sur pour avec par sous comme ne y o pero quien cuyo son era eran fue fueron ha han había será él
    ella ellos cuando porque dice dijo escribe sobre para con por bajo como no se e mas quem cujo é são foi
    foram tem têm ele ela eles quando disse diz com sob não ma che chi cui è sono fu furono hanno aveva lui
    lei loro perché per sotto come non en of maar dat wie zijn heeft hebben hij zij wij toen omdat zegt
    schreef voor met onder niet lub ale który która które jest są był była były mają ona oni gdy jeśli bo mówi
    dla pod jak nie się
""")
