"""The words, classes and links by which furniture of platforms is recognized."""

from __future__ import annotations

import re

_NAMES = {
    "boilerplate.subscribe": (
        "subscription-widget subscription-widget-wrap subscription-widget-wrap-editor kg-signup-card subscribe-prompt "
        "wp-block-jetpack-subscriptions jetpack_subscription_widget sqs-block-newsletter install-app"
    ),
    "boilerplate.control": (
        "wp-block-file__button kg-audio-player kg-audio-thumbnail kg-video-player kg-video-overlay kg-toggle-card-icon "
        "wp-block-code__copy code-copy copy-button"
    ),
    "boilerplate.page": (
        "wm-ipp wm-ipp-base wm-ipp-print donato page-header-icon post-ufi like-button-container post-meta-actions "
        "graf-actions js-postMetaLockup u-claps postActions"
    ),
    "boilerplate.share": (
        "jp-sharing jetpack-likes-widget-wrapper sd-like sd-block post-share blogger-share a2a_kit essb_links "
        "heateor_sss_sharing_container"
    ),
    "boilerplate.related": "jp-relatedposts yarpp yarpp-related crp_related wp-block-jetpack-related-posts",
    "boilerplate.navigation": (
        "yoast-breadcrumbs rank-math-breadcrumb blog-pager pagenav post-navigation nav-links node__links"
    ),
}
#: The rules for classes and ids that only furniture has.
RULE_BY_NAME = {name: rule for rule, names in _NAMES.items() for name in names.split()}
#: Classes of links that look like buttons.
BUTTON = re.compile(r"(?:^|[\s_-])(?:button|btn|cta)(?:$|[\s_-])", re.IGNORECASE)

_LABELS = (
    # English
    r"subscribe(?: now| for free| today| here| to [^.!?]{1,60})?|sign up(?: now| for free| here)?|upgrade to paid",
    r"leave a (?:comment|reply)|add (?:a |new )?comment|(?:view|read|see) (?:all )?(?:\d{1,5} )?comments?",
    r"comments?|join the (?:chat|discussion)|share(?: this(?: (?:post|article|story))?)?|share [^.!?]{1,60}",
    r"give a gift(?: subscription)?|refer a friend|restack|like|follow(?: me| us)?",
    r"get the app|open in app|read in app|listen in app|start (?:writing|a substack)",
    r"get \d{1,2} ?% off(?: for \w{1,10}| forever)?(?: \w{1,10})?|get \d{1,2} day free trial|claim my free post",
    r"start (?:a |your )?\d{1,2}[- ]day free trial|copy link|print|pin it|tweet|email this",
    r"(?:view|open|read)(?: this)?(?: (?:e-?mail|message|newsletter|issue|post))?"
    r"(?: in (?:your |a |the )?browser| online| on the web)",
    r"read more|continue reading|keep reading|read the (?:rest|full (?:post|story))",
    # German, French, Spanish, Italian, Portuguese, Dutch
    r"abonnieren|jetzt abonnieren|kommentar (?:hinterlassen|schreiben)|teilen|weiterlesen|mehr lesen",
    r"im browser (?:ansehen|anzeigen|öffnen)|newsletter abonnieren",
    r"s['’]abonner|abonnez-vous|laisser un commentaire|partager|lire la suite",
    r"voir (?:dans|sur) (?:le|votre) navigateur",
    r"suscribirse|suscríbete|deja(?:r)? un comentario|compartir|seguir leyendo|leer más|ver en (?:el|tu|su) navegador",
    r"iscriviti|lascia un commento|condividi|continua a leggere|leggi tutto|visualizza nel browser",
    r"subscrever|assinar|inscreva-se|deixe um comentário|compartilhar|partilhar|continue lendo|ver no navegador",
    r"abonneren|reageren|delen|verder lezen|lees (?:meer|verder)|bekijk in (?:je |uw )?browser",
)
#: What a link or button says that belongs to the platform; none of them asks for a donation.
LABEL = re.compile(
    rf"(?:{'|'.join(_LABELS)})(?: ?[→»›>…]{{1,3}}| ?\.\.\.| [^.!?]{{1,80}} ?[→»›>]{{1,3}})?[.!:]?",
    re.IGNORECASE,
)
#: Where such links lead.
TARGET = re.compile(
    r"/subscribe(?:[/?#]|$)|/comments(?:[?#]|$)|[?&]action=share|#respond$|#comments?$|/account/(?:upgrade|gift)"
    r"|/leaderboard",
    re.IGNORECASE,
)
_FEED_LINES = (
    r"the post .{1,300} (?:appeared first|first appeared) on .{1,100}",
    r"(?:der beitrag|der artikel) .{1,300} erschien zuerst (?:auf|bei) .{1,100}",
    r"l[’']article .{1,300} est apparu en premier sur .{1,100}",
    r"la entrada .{1,300} (?:se publicó primero|aparece primero|apareció primero) en .{1,100}",
    r"l[’']articolo .{1,300} (?:proviene da|sembra essere il primo su) .{1,100}",
    r"o post .{1,300} (?:apareceu primeiro em|aparece primeiro em) .{1,100}",
    r"het bericht .{1,300} verscheen eerst op .{1,100}",
    r"(?:artykuł|wpis) .{1,300} (?:pochodzi z serwisu|pojawił się (?:najpierw na|poraz pierwszy w)) .{1,100}",
    r"inlägget .{1,300} dök först upp på .{1,100}|indlægget .{1,300} blev først udgivet på .{1,100}",
    r"innlegget .{1,300} dukket først opp på .{1,100}|запись .{1,300} впервые появилась .{1,100}",
)
#: Whole lines, and the rule for each.
LINES = {
    "boilerplate.feed": re.compile("|".join(_FEED_LINES), re.IGNORECASE),
    "boilerplate.export": re.compile(r"exported from medium on .{1,40}|view original\.?", re.I),
    "boilerplate.share": re.compile(
        r"(?:share|like) this:|click to (?:share|email|print) .{1,80}|loading(?:\.\.\.|…)?|share this post",
        re.I,
    ),
    "boilerplate.subscribe": re.compile(
        r"thanks for reading [^.!?]{0,80}[!.] (?:this post is public so feel free to share it\.?"
        r"|subscribe for free to receive new posts(?: and support my work)?\.?)"
        r"|[^.!?]{1,80} is a reader-supported publication\. "
        r"to receive new posts and support my work,? consider becoming .{1,60}"
        r"|you just read issue #?\d{1,6} of .{1,80}",
        re.IGNORECASE,
    ),
}
#: What a link says that ends a subscription to another newsletter.
UNSUBSCRIBE = re.compile(
    r"(?:unsubscribe(?: from this list| here)?|hier abmelden|abmelden|abbestellen|se désabonner|se désinscrire"
    r"|(?:update|manage|change) (?:your |my )?(?:e-?mail |subscription )?preferences"
    r"|darse de baja|cancelar suscripción|disiscriviti|annulla iscrizione|uitschrijven|afmelden)\.?",
    re.IGNORECASE,
)
