# ruff: noqa: E501  # lines of web pages
"""Pages pasted from the publishing platforms: the article comes back without what the platform prints around it."""

from __future__ import annotations

from datetime import date

import pytest

from tests.loaders.text.outlines import outline_blocks, read_text

ONE = (
    "The harbour of Port Adler was dug by hand in nine winters, and nobody who began it saw it filled; "
    "those who did had long forgotten what it was for."
)
TWO = (
    "Today the place is quiet, and the only sound is the halyards against the masts, "
    "which the pilots say is enough for a harbour of its size."
)
#: What stands above the text, what stands below it, and title, subtitle, byline and date.
PAGES = {
    "medium": (
        "Open in app\nSign up\nSign in\n\nThe Port Nobody Needed\n\nNine winters, one spade\n\nJane Doe\nJane Doe\n\n"
        "Follow\n8 min read\n·\nMay 12, 2021\n\n120\n\n3\n\nListen\n\nShare",
        "Harbours\nHistory\n\n120\n\n3\n\nFollow\n\nWritten by Jane Doe\n\n1.2K Followers\n\nMore from Jane Doe",
        ("The Port Nobody Needed", "Nine winters, one spade", "Jane Doe", date(2021, 5, 12)),
    ),
    "medium of a publication": (
        "Open in app\n\nSearch\nWrite\n\nWho Owns the Sea Wall?\n\nTom Arkwright\n·\nFollow\n\n"
        "Published in Low Tide\n\n6 min read\n\nJun 14, 2022",
        "Coast\n\n45\n\nPublished in Low Tide\n\nFollow",
        ("Who Owns the Sea Wall?", None, "Tom Arkwright", date(2022, 6, 14)),
    ),
    "ghost": (
        "The Harbour Gazette\n\nHome\nAbout\nCollections\n\nSign in\nSubscribe\n\nCoasts\n\nThe Port Nobody Needed\n\n"
        "What a ledger in a loft tells us about the price of stone\n\nJane Doe\n\nMay 12, 2021 — 7 min read",
        "Read more\n\nWho owns the sea wall?\n\nAgainst the tide\n\nThe Harbour Gazette © 2024\n\nPowered by Ghost",
        (
            "The Port Nobody Needed",
            "What a ledger in a loft tells us about the price of stone",
            "Jane Doe",
            date(2021, 5, 12),
        ),
    ),
    "ghost with a sign-up box": (
        "Sign in\nSubscribe\n\nWho owns the sea wall?\n\nBy Tom Arkwright\nJun 14, 2022\n5 min read",
        "Sign up for more like this.\n\nEnter your email\nSubscribe\n\nThe Harbour Gazette © 2024",
        ("Who owns the sea wall?", None, "Tom Arkwright", date(2022, 6, 14)),
    ),
    "guardian": (
        "Skip to main content\nSkip to navigation\n\nSupport us\nPrint subscriptions\nSign in\n\nNews\nOpinion\nSport\n"
        "Culture\nLifestyle\n\nThe Port Nobody Needed\n\n"
        "What a ledger in a loft tells us about the price of stone\n\nJane Doe\nWed 12 May 2021 06.00 BST\n\nShare",
        "Explore more on these topics\nCoastlines\nHistory\nfeatures\n\nShare\nReuse this content\n\nMost viewed",
        (
            "The Port Nobody Needed",
            "What a ledger in a loft tells us about the price of stone",
            "Jane Doe",
            date(2021, 5, 12),
        ),
    ),
    "new york times": (
        "Skip to content\nSkip to site index\n\nToday’s Paper\n\nThe Port Nobody Needed\n\n"
        "Nine winters of digging left a town with a harbour and no ships to put in it.\n\n"
        "Share full article\n\n127\n\nBy Jane Doe\n\nMay 12, 2021",
        "127\n\nShare full article\n\nRelated Content\n\nSite Index\n\n© 2024 The Harbour Times Company",
        (
            "The Port Nobody Needed",
            "Nine winters of digging left a town with a harbour and no ships to put in it.",
            "Jane Doe",
            date(2021, 5, 12),
        ),
    ),
    "wordpress": (
        "Skip to content\n\nMenu\n\nThe Port Nobody Needed\n\nPosted on May 12, 2021 by Jane Doe",
        "Share this:\n\nTwitter\nFacebook\n\nLike this:\n\nLike Loading...\n\nTagged harbours, stone\n\nLeave a Reply\n\n"
        "Your email address will not be published.\n\nProudly powered by WordPress",
        ("The Port Nobody Needed", None, "Jane Doe", date(2021, 5, 12)),
    ),
    "wordpress by author": (
        "Home\nAbout\nContact\n\nWho owns the sea wall?\n\nBy Tom Arkwright\n\nJune 14, 2022\n\n2 Comments",
        "Filed Under: Coasts\n\nLeave a comment\n\nPrevious Post\n\nNext Post",
        ("Who owns the sea wall?", None, "Tom Arkwright", date(2022, 6, 14)),
    ),
    "german newspaper": (
        "Zum Inhalt springen\n\nAnmelden\nAbo\n\nPolitik\nKultur\nReise\nWetter\n\nWem gehört der Deich?\n\n"
        "Von Jana Müller\n12. Mai 2021, 9:30 Uhr\nLesezeit: 5 Min.\n\nArtikel anhören\nMerken\nTeilen",
        "Zur Startseite\n\nLesen Sie mehr zum Thema\n\nImpressum\nDatenschutz\nKontakt",
        ("Wem gehört der Deich?", None, "Jana Müller", date(2021, 5, 12)),
    ),
    "french newspaper": (
        "Aller au contenu\n\nSe connecter\nS’abonner\n\nPolitique\nCulture\nSports\n\nÀ qui appartient la digue ?\n\n"
        "Par Paul Le Dantec\nPublié le 12 mai 2021 à 9h30\nTemps de lecture : 5 min\n\nPartager\nOffrir l’article",
        "Lire aussi\n\nNeuf hivers pour un port\n\nMentions légales\nConfidentialité",
        ("À qui appartient la digue ?", None, "Paul Le Dantec", date(2021, 5, 12)),
    ),
    "spanish newspaper": (
        "Ir al contenido\n\nIniciar sesión\nSuscríbete\n\nInternacional\nOpinión\nDeportes\n\n¿De quién es el dique?\n\n"
        "Ana López\n12 de mayo de 2021\n\nCompartir\nEscuchar artículo",
        "Más información\n\nNueve inviernos para un puerto\n\nAviso legal\nPolítica de privacidad",
        ("¿De quién es el dique?", None, "Ana López", date(2021, 5, 12)),
    ),
    "italian newspaper": (
        "Vai al contenuto\n\nAccedi\nAbbonati\n\nCronaca\nEsteri\nCultura\n\nDi chi è la diga?\n\ndi Giulia Ferri\n"
        "12 maggio 2021\n5 minuti di lettura\n\nCondividi\nAscolta l’articolo",
        "Leggi anche\n\nNove inverni per un porto\n\nNote legali\nPrivacy",
        ("Di chi è la diga?", None, "Giulia Ferri", date(2021, 5, 12)),
    ),
    "portuguese newspaper": (
        "Ir para o conteúdo\n\nEntrar\nAssinar\n\nMundo\nCultura\nDesporto\n\nDe quem é o dique?\n\nInês Teixeira\n"
        "12 de maio de 2021\nTempo de leitura: 5 minutos\n\nPartilhar",
        "Leia também\n\nNove invernos para um porto\n\nFicha técnica\nPolítica de privacidade",
        ("De quem é o dique?", None, "Inês Teixeira", date(2021, 5, 12)),
    ),
    "dutch newspaper": (
        "Naar hoofdinhoud\n\nInloggen\nAbonneer\n\nPolitiek\nCultuur\nEconomie\n\nVan wie is de dijk?\n\ndoor Piet Vos\n"
        "12 mei 2021\nLeestijd: 5 minuten\n\nDelen\nBewaren",
        "Lees ook\n\nNegen winters voor een haven\n\nPrivacybeleid\nVoorwaarden",
        ("Van wie is de dijk?", None, "Piet Vos", date(2021, 5, 12)),
    ),
    "jstor": (
        "Skip to main content\n\nSearch\nLog in\nRegister\n\nThe Port Nobody Needed\n\n"
        "Why did a town dig for nine winters, and for whom did it dig?\n\nBy: Jane Doe\nMay 12, 2021\n6 minutes",
        "Have a correction or comment about this article?\nPlease contact us.\n\nhistory\nharbours\n\nShare\nCopy link",
        (
            "The Port Nobody Needed",
            "Why did a town dig for nine winters, and for whom did it dig?",
            "Jane Doe",
            date(2021, 5, 12),
        ),
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_platforms(name: str) -> None:
    """Title, subtitle, byline, date and text are found, and nothing else is in the text."""
    above, below, expected = PAGES[name]
    article = read_text(f"{above}\n\n{ONE}\n\n{TWO}\n\n{below}\n").article

    assert expected == (article.title, article.subtitle, article.byline, article.published)
    assert [f"p {ONE}", f"p {TWO}"] == outline_blocks(article.blocks)
