"""Phrases of web pages that are not part of the article, in the common European languages."""

from __future__ import annotations

import re


def _split_phrases(text: str) -> frozenset[str]:
    phrases = (phrase.strip() for phrase in text.replace("\n", "|").split("|"))
    return frozenset(filter(None, phrases))


#: Whole lines of menus, in lower case.
MENU = _split_phrases("""
    menu | menú | main menu | open menu | close menu | close | toggle navigation | navigation | home | homepage
    search | search for | sections | all sections | more | show more | settings | my account | account | profile
    sign in | log in | login | sign up | register | log out | logout | newsletters | newsletter | e-paper
    epaper | contact | contact us | about | about us | site map | sitemap | help | faq | podcasts | videos
    video | photos | live | breaking news | hauptmenü | menü | menü öffnen | menü schließen | startseite | suche
    suchen | anmelden | einloggen | registrieren | abmelden | mein konto | konto | schließen | kontakt
    über uns | hilfe | mediathek | rubriken | mehr | accueil | rechercher | recherche | se connecter | connexion
    s’inscrire | s'inscrire | mon compte | fermer | rubriques | à la une | en direct | contactez-nous
    qui sommes-nous | à propos | aide | plus | inicio | portada | buscar | búsqueda | iniciar sesión | acceder
    entrar | regístrate | registrarse | mi cuenta | cerrar | secciones | contacto | quiénes somos | ayuda
    última hora | início | pesquisar | pesquisa | busca | iniciar sessão | assinar | minha conta | fechar
    seções | secções | contato | ajuda | sobre nós | cerca | accedi | registrati | chiudi | contatti | chi siamo
    aiuto | sezioni | zoeken | inloggen | aanmelden | registreren | sluiten | mijn account | over ons
    strona główna | szukaj | zaloguj | zaloguj się | zarejestruj się | zamknij | o nas | pomoc
""")

CONSENT = _split_phrases("""
    accept | accept all | accept cookies | accept all cookies | agree | i agree | reject | reject all | decline
    ok | got it | no thanks | dismiss | manage preferences | manage cookies | cookie preferences | akzeptieren
    alle akzeptieren | ablehnen | alle ablehnen | zustimmen | einstellungen | accepter | tout accepter | refuser
    tout refuser | continuer sans accepter | paramétrer | aceptar | aceptar todo | aceptar todas | rechazar
    rechazar todo | configurar | aceitar | aceitar tudo | rejeitar | accetta | accetta tutti | rifiuta
    accepteren | alles accepteren | weigeren | akceptuję | zgadzam się | odrzuć
""")

SHARE = _split_phrases("""
    share | share this | share this article | share article | share on facebook | share on twitter | share on x
    tweet | post | facebook | twitter | x | linkedin | whatsapp | telegram | reddit | bluesky | mastodon
    threads | instagram | pinterest | pocket | flipboard | email | e-mail | mail | email this | print
    print this | print this page | copy link | copy url | link copied | copied | save | save article | bookmark
    gift | gift this article | listen | listen to this article | play audio | comment | comments
    leave a comment | reprints | republish | republish this article | more sharing options | cite | download pdf
    pdf | teilen | auf facebook teilen | auf twitter teilen | twittern | drucken | artikel drucken | merken
    artikel merken | link kopieren | vorlesen | anhören | artikel anhören | kommentieren | kommentare | per mail
    feedback | verschenken | partager | partager cet article | partager sur facebook | partager sur twitter
    imprimer | copier le lien | envoyer par e-mail | envoyer par email | envoyer | enregistrer | sauvegarder
    écouter | écouter l’article | écouter l'article | lire plus tard | commenter | réagir | offrir
    offrir l’article | offrir l'article | ajouter à vos favoris | compartir | compartir en facebook
    compartir en twitter | compartir en whatsapp | imprimir | copiar enlace | enviar por correo | guardar
    escuchar | escuchar artículo | comentarios | comentar | compartilhar | partilhar | salvar | ouvir
    copiar link | enviar por email | condividi | stampa | salva | ascolta | commenta | invia | copia link
    delen | deel dit artikel | afdrukken | opslaan | luister | reageren | bewaren | udostępnij | drukuj | zapisz
    posłuchaj | skomentuj | skopiuj link
""")

SHARE_ON = re.compile(
    r"(?:share|post|send|tweet|save|teilen|partager|compartir|compartilhar|partilhar|condividi|delen"
    r"|udostępnij)(?: (?:this|it|article|story|auf|bei|per|sur|par|en|por|no|na|su|via|on|to|by|op"
    r"|w)){0,3} (?:facebook|twitter|x|linkedin|whatsapp|telegram|reddit|bluesky|mastodon|threads|pinterest|e-?mail"
    r"|mail|correo)|auf (?:facebook|twitter|x|whatsapp|linkedin) teilen|(?:per|via) (?:e-?mail|whatsapp) (?:teilen"
    r"|senden|versenden)",
    re.I,
)

FOOTER = _split_phrases("""
    have a correction or comment about this article? | please contact us | reuse this content | site index
    back to top | top of page | go to top | to the top | terms | terms of use | terms of service
    terms and conditions | privacy | privacy policy | privacy notice | cookie policy | cookies | cookie settings
    accessibility | advertise | advertise with us | careers | jobs | rss | rss feed | imprint | legal notice
    all rights reserved | follow us | follow us on | subscribe | subscribe now | unsubscribe
    do not sell my personal information | corrections | nach oben | zum seitenanfang | impressum | datenschutz
    datenschutzerklärung | agb | nutzungsbedingungen | barrierefreiheit | cookie-einstellungen | privatsphäre
    werbung | karriere | abo | abonnement | abonnieren | jetzt abonnieren | mediadaten | folgen sie uns
    haut de page | retour en haut | mentions légales | politique de confidentialité | confidentialité | cgu
    cgv | conditions générales | gestion des cookies | publicité | s’abonner | s'abonner | abonnez-vous
    je m’abonne | je m'abonne | plan du site | suivez-nous | nous suivre | volver arriba | aviso legal
    política de privacidad | privacidad | política de cookies | condiciones de uso | publicidad | suscríbete
    suscribirse | suscripciones | síguenos | mapa web | mapa del sitio | accesibilidad | voltar ao topo
    termos de uso | termos e condições | anuncie | assine | siga-nos | torna su | torna all’inizio | note legali
    informativa sulla privacy | pubblicità | abbonati | seguici | terug naar boven | privacybeleid
    cookiebeleid | voorwaarden | adverteren | abonneren | word abonnee | volg ons | do góry
    polityka prywatności | regulamin | reklama | prenumerata | subskrybuj | obserwuj nas
""")

#: Advertising is labelled inside the article too.
ADVERTISEMENT = _split_phrases("""
    advertisement | advertisements | advertising | sponsored | sponsored content | article continues below
    article continues below advertisement | story continues below advertisement | skip advertisement | ad
    continue reading the main story | anzeige | werbung | publicité | la suite après cette publicité
    publicidad | anuncio | publicidade | continua após a publicidade | pubblicità | continua a leggere
    advertentie | reklama | annons | annonce
""")

SKIP = re.compile(
    r"(?:skip|jump|go) (?:to|past|ahead)\b(?: (?:the|main|primary|page|site))* (?:content|navigation|menu|search"
    r"|footer|sidebar|article|body|links|main|nav|ad|player|results|comments)\b"
    r"|(?:direkt )?zu[mr] (?:haupt)?(?:inhalt|navigation|suche|menü|fu(?:ß|ss)zeile|seiteninhalt|artikel"
    r"|hauptnavigation)\b|(?:inhalt|navigation|menü) überspringen|(?:aller|passer|accéder"
    r"|se rendre) (?:directement )?(?:au|à la|à l[’'])\s?(?:contenu|menu|navigation|recherche|pied|texte)|(?:ir"
    r"|saltar|pasar|ve|salta|vaya) (?:directamente )?(?:al?|o|para o|ao?|à|a la) (?:contenido|conteúdo|menú|menu"
    r"|navegación|navegação|búsqueda|pie|rodapé|principal|contingut|la navegación)|(?:pular"
    r"|avançar) para o conteúdo|(?:vai|salta|passa) (?:al|ai|alla) (?:contenut[oi]|menu|navigazione|ricerca)|(?:ga"
    r"|spring|overslaan|direct) (?:en ga )?(?:naar|en naar) (?:de )?(?:hoofd)?(?:inhoud|navigatie|content|menu)"
    r"|przejdź do (?:treści|menu|nawigacji|wyszukiwarki|głównej)|(?:hoppa|gå) (?:till|til) (?:huvud)?(?:innehåll"
    r"|indhold|innhold)|přejít (?:k|na) obsah|siirry sisältöön",
    re.I,
)

#: A cookie banner: it names cookies, an action, and the page, law or company concerned.
COOKIE = re.compile(
    r"(?=.*\b(?:cookies?|ciasteczk\w+)\b)"
    r"(?=.*\b(?:web\w*|sites?|pages?|seite|browser|experience|privacy|policy|consent|settings|preferences|partners?"
    r"|analy\w+|datenschutz\w*|richtlinien?|einstellungen|zustimm\w+|expérience|confidentialité|politique|partenaires"
    r"|device|gerät|appareil|dispositivo|technik|reichweiten?|audience|audiencia|audiência|pubblico|traffic|choices"
    r"|sitio|página|experiencia|privacidad|política|socios|sito|esperienza|informativa|ervaring|privacybeleid"
    r"|stron\w+"
    r"|accept all|continue)\b)"
    r".*\b(?:we use|uses? cookies|use of cookies|accept|agree|consent|reject|store|akzeptieren|verwend\w+"
    r"|nutz\w+|speicher\w+|zustimm\w+"
    r"|accepter|acceptez|refuser|utilis\w+|paramétr\w+|aceptar|aceitar|utiliza\w*|usamos|rechazar|configurar"
    r"|accett\w+"
    r"|utilizz\w+|rifiuta|accepteren|gebruik\w*|weigeren|używa\w*|akceptuj\w*|zgadzam)\b",
    re.I,
)

#: The line below the title in encyclopedias.
TAGLINE = re.compile(
    r"(?:from|aus|de|da|uit|z|un article de) wiki\w+,? .{0,40}(?:en[cz]y[ck]lop|encicl)", re.I
)

COPYRIGHT = re.compile(
    r"(?:©|\(c\)\s|copyright\b)|.{0,60}(?:©\s?\d{4}|\d{4}\s?©)|all rights reserved|alle rechte vorbehalten"
    r"|tous droits réservés|todos los derechos reservados|todos os direitos reservados|tutti i diritti riservati"
    r"|alle rechten voorbehouden|wszelkie prawa zastrzeżone",
    re.I,
)

SUBSCRIBE = re.compile(
    r"(?:subscribe (?:to|for|now|today)|sign up (?:for|to|now|here)|get (?:our|the) .{0,30}newsletter"
    r"|join our (?:mailing|newsletter)|(?:jetzt )?abonnieren sie|newsletter abonnieren"
    r"|melden sie sich .{0,40}newsletter|abonnez-vous|inscrivez-vous|recevez (?:notre|nos|la)|suscríbe(?:te|ase)"
    r"|recibe (?:nuestra|la|en tu)|assine (?:a|o|nossa)|inscreva-se|iscriviti|abbonati|meld je aan|abonneer je"
    r"|zapisz się|subskrybuj)\b",
    re.I,
)

READING_TIME = re.compile(
    r"(?:(?:estimated |average |geschätzte )?(?:(?:tiempo|tempo) estimado de (?:lectura|leitura)|reading time"
    r"|read time|lesezeit|lesedauer|temps de lecture|lecture|durée de lecture|tiempo de lectura"
    r"|lectura|tempo de leitura|leitura|tempo di lettura|leestijd|czas czytania)(?: (?:estimad[ao]|estimée?"
    r"|stimato|geschätzt|est\.))?\s?[:.]?\s?(?:de |ca\.? |env\.? "
    r"|~)?\s?\d{1,3}\s?(?:min\w*|’|')?|(?:ca\.? |env\.? |about |~)?\d{1,3}[\s-]?(?:min(?:ute)?s?|minuten"
    r"|minutos|minuti|minuut)[\s.-]*(?:(?:to |de |di )?read"
    r"|reading|lesezeit|lesen|de lecture|lecture|de lectura|de leitura|di lettura|leestijd|czytania|listen)?)\.?",
    re.I,
)

#: A heading above links to other articles; what follows belongs to it.
RELATED = re.compile(
    r"(?:related(?: (?:articles?|stories|posts|content|topics|reading|links|news))?|more (?:from|on|in|about"
    r"|like) .{1,40}|more stories|more news|(?:most|top) (?:read|popular|viewed|shared|commented)(?: .{1,20})?"
    r"|read (?:more|next|also|this next)|you (?:may|might)(?: also)? (?:like|be interested in)"
    r"|recommended(?: (?:for you|articles|stories|reading))?|keep reading|up next|trending(?: now)?|latest (?:news"
    r"|stories|articles|posts)|what to read next|editor[’']?s[’']? picks|popular (?:posts|articles|stories)"
    r"|from our partners|tags|topics|filed under|categories|mehr (?:zum thema|aus|von|zu|über) ?.{0,40}"
    r"|mehr zum thema|das könnte (?:sie|dich) (?:auch|ebenfalls) interessieren|lesen sie (?:auch|mehr)"
    r"|meistgelesen(?:e artikel)?|auch interessant|verwandte (?:artikel|themen|beiträge)|weitere (?:artikel|themen"
    r"|meldungen|nachrichten|beiträge)|empfohlen(?:e artikel)?|zum thema|themen|schlagwörter|ähnliche artikel"
    r"|(?:à )?lire (?:aussi|également|ensuite)|à (?:voir|lire|écouter)(?: aussi)?|sur le même (?:sujet|thème)"
    r"|dans la même rubrique|les plus (?:lus|populaires|partagés|récents)|articles (?:liés|similaires|récents)"
    r"|nos (?:derniers articles|recommandations)|recommandé pour vous|vous aimerez aussi|plus sur .{1,30}|sujets"
    r"|mots-clés|más (?:información|noticias|leíd[ao]s|vist[ao]s|sobre|en|de) ?.{0,30}|lo más (?:leído|visto"
    r"|comentado)|te puede interesar|también te (?:puede interesar|gustará|recomendamos)|(?:artículos|noticias"
    r"|contenidos) relacionad[ao]s|lee (?:también|más)|leer más|le recomendamos|archivado en|temas|etiquetas"
    r"|(?:otr[ao]s|outr[ao]s|altr[ie]|últim[ao]s|ultime|nov[ao]s|más|mais|autres|derniers|dernières|weitere"
    r"|neueste|neue"
    r"|nieuwe|andere|najnowsze|inne)"
    r" (?:noticias|notícias|notizie|artículos|artigos|articoli|reportajes|reportagens|textos|historias"
    r"|histórias|storie"
    r"|temas|temi|articles|actualités|artikel|beiträge|texte|meldungen|artikelen|verhalen|artykuły"
    r"|teksty)(?: .{1,25})?"
    r"|pour aller plus loin|à (?:lire|découvrir|suivre)(?: aussi| ensuite| également)?|lo último"
    r"|(?:as )?últimas|(?:le )?ultime"
    r"|aus dem archiv|dall[’']archivio|(?:del|desde el) archivo|do arquivo|des archives|uit het archief|z archiwum"
    r"|también en .{1,30}"
    r"|a (?:ler|não perder)(?: a seguir| também)?|a seguir|in (?:evidenza|primo piano)|da leggere"
    r"|empfehlungen(?: .{1,25})?"
    r"|popular (?:this|today|right|on|in) .{1,20}|popular(?: now)?|what (?:others|people) are reading"
    r"|(?:also|new) in (?:this|our) .{1,25}|from (?:the|our) archives?|best of .{1,25}|het laatste nieuws"
    r"|leia (?:também|mais)|(?:as )?mais (?:lidas|vistas)|veja também|notícias relacionadas"
    r"|artigos relacionados|recomendados|tópicos|leggi anche|articoli correlati|(?:i )?più letti"
    r"|potrebbe interessarti|ti potrebbe interessare|altri articoli|argomenti|lees (?:ook|verder|meer)|meer (?:over"
    r"|van|uit) .{1,30}|gerelateerd(?:e artikelen)?|meest gelezen|aanbevolen|(?:czytaj|zobacz|przeczytaj"
    r"|sprawdź) (?:także|też|również|więcej)|podobne artykuły|powiązane artykuły|najczęściej czytane"
    r"|polecane)\s?[:…]?",
    re.I,
)

_ALSO = (
    r"(?:read (?:also|more|next)|also read|lesen sie (?:auch|mehr)|mehr zum thema|(?:à )?lire (?:aussi|également)"
    r"|voir aussi|à (?:voir|écouter)(?: aussi)?|lee (?:también|además)|lea (?:también|además)|leer más"
    r"|leia (?:também|mais)|veja também|leggi anche|lees ook|(?:czytaj|zobacz|przeczytaj) (?:także|też|również))"
)
#: A line inside the article that links to another one, with its title or above it.
READ_ALSO = re.compile(rf"(?:{_ALSO}|see also|related)\s{{0,2}}[:|–—>»]\s{{0,2}}\S", re.I)
READ_ALSO_ABOVE = re.compile(rf"{_ALSO}\s?[:…]?", re.I)

COMMENTS = re.compile(
    r"(?:\d{1,5} (?:comments?|commentaires?|kommentare?|comentarios?|comentários|commenti|reacties|komentarz\w*)"
    r"|(?:comments?|commentaires?|kommentare?|comentarios?|comentários|commenti|reacties|komentarze) ?\(\d{1,5}\)"
    r"|(?:all|view all|show|alle|tous les|voir|ver|vedi|mostra|toon) (?:\d{1,5} |tou\w+ |tod\w+ |tutti |les "
    r"|los |os |i )*"
    r"(?:comments?|commentaires?|kommentare?|comentarios?|comentários|commenti|reacties)(?: anzeigen)?"
    r"|leave a (?:reply|comment)|post a comment|schreiben sie einen kommentar|laisser un commentaire"
    r"|poster un commentaire|deja un comentario|deixe um comentário|lascia un commento|laat een reactie achter"
    r"|dodaj komentarz|no comments(?: yet)?)\.?",
    re.I,
)

#: Words above a title that name its section, not its subject.
KICKERS = _split_phrases("""
    opinion | analysis | comment | commentary | essay | editorial | interview | feature | features | news
    news analysis | politics | culture | science | business | world | sport | sports | health | environment
    technology | tech | travel | arts | books | review | reviews | letters | column | long read | the long read
    profile | explainer | investigation | report | meinung | kommentar | analyse | reportage | leitartikel
    kolumne | glosse | gastbeitrag | debatte | feuilleton | politik | kultur | wissenschaft | wirtschaft
    gesellschaft | panorama | wissen | ausland | inland | regionales | hintergrund | porträt | tribune | enquête
    éditorial | édito | chronique | entretien | portrait | récit | décryptage | débats | idées | politique
    économie | société | sciences | monde | planète | environnement | international | grand format | opinión
    análisis | reportaje | entrevista | crónica | tribuna | columna | política | economía | sociedad | ciencia
    cultura | internacional | medio ambiente | opinião | análise | reportagem | crônica | economia | sociedade
    ciência | mundo | opinione | analisi | intervista | inchiesta | cronaca | politica | società | scienza
    mondo | opinie | achtergrond | politiek | economie | cultuur | wetenschap | samenleving | opinia | analiza
    the big read | the big story | dispatch | field report | first person | perspective | viewpoint | notebook
    grand récit | le grand récit | carnet de bord | carnet | le récit | la grande enquête | à la loupe | idée
    il racconto | l’inchiesta | ritratto | dall’archivio | reportage dal campo | il punto | commento
    la crónica | el reportaje | cuaderno de campo | desde el archivo | perfil | tribuna libre | punto de vista
    caderno de campo | ensaio | perfil | do arquivo | a crónica | ponto de vista | aus dem archiv | am wasser
    das porträt | die reportage | feldnotizen | notizen | from the archive | from the archives | field notes
    wywiad | reportaż | polityka | gospodarka | społeczeństwo | nauka | kultura | świat
""")

#: Sections of newspapers and magazines, besides those above; several of them in a row are a menu.
SECTIONS = _split_phrases("""
    weather | obituaries | recipes | food | events | shop | puzzles | crosswords | games | local | region | archive
    podcast | magazine | journal | climate | data | education | letters | jobs | classifieds | lifestyle | style
    family | money | market | markets | media | music | film | tv | theatre | art | history | ideas | life
    wetter | reise | bücher | rätsel | küche | gesundheit | immobilien | traueranzeigen | veranstaltungen | archiv
    leserbriefe | digital | leben | stil | familie | geld | medien | musik | kino | geschichte | lokales | bildung
    natur | umwelt | klima | météo | livres | voyages | voyage | carnet | carnets | boutique | recettes | agenda
    archives | jeux | mots croisés | courrier | santé | emploi | styles | cinéma | musique | éducation | histoire
    médias | sports | région | régions | régional | nature | libros | viajes | cartas | tienda | recetas | el tiempo
    tiempo | archivo | crucigramas | pasatiempos | salud | motor | cine | música | educación | historia | deportes
    gente | estilo | ocio | obituarios | esquelas | clima | libri | viaggi | lettere | speciali | negozio | ricette
    meteo | archivio | cruciverba | eventi | salute | motori | cinema | musica | scuola | storia | ambiente
    spettacoli | esteri | necrologi | livros | viagens | receitas | arquivo | palavras cruzadas | loja | desporto
    esporte | esportes | saúde | educação | história | tempo | lazer | especiais | boeken | reizen | recepten | weer
    gezondheid | geld | puzzels | brieven | książki | podróże | pogoda | zdrowie | historia | przepisy | listy
""")

HOME = _split_phrases("""
    home | homepage | startseite | start | accueil | inicio | portada | início | pagina iniziale | strona główna
    front page | hem | hjem
""")
