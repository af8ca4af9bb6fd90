"""Phrases of donation appeals, by language."""

from __future__ import annotations

import re

from pipeline.loaders.shared.languages import join_phrases

#: Calls to action that ask for money and nothing else.
_DONATE = {
    "en": r"donate|give (?:now|today|monthly|once|generously)|make an? (?:\S+ )?(?:donation|gift)|chip in|pitch in",
    "de": r"(?:jetzt |bitte )?spenden|spende(?: jetzt| hier)?|(?:ihre|deine) spende",
    "fr": r"(?:je |nous )?(?:fai(?:tes|re|s) un don)|je donne|donnez|votre don",
    "es": r"dona(?:r)?(?: ahora| hoy| aquí)?(?=\s*$|\s*[!.:]|\s+(?:a|al|ahora|hoy|aquí|para|desde)\b)"
    r"|ha(?:z|zte|ga) (?:un donativo|una donación)|(?:tu|su) (?:donativo|donación)",
    "pt": r"doe(?=\s*$|\s*[!.:]|\s+(?:agora|hoje|para|aqui)\b)|faça (?:uma|a sua) doação|(?:a )?sua doação",
    "it": r"dona ora|f(?:ai|a[i’']|ate) una donazione|la tua donazione",
    "nl": r"doneer(?: nu)?|doe een (?:donatie|gift)|geef (?:nu|een gift)|(?:jouw|uw) (?:donatie|gift)",
    "pl": r"wpłać|przekaż (?:darowiznę|1,5|datek)|wesprzyj|wspieraj|wspomóż|twoja darowizna",
    "sv, no, da, cs": r"skänk|ge en gåva|støtt|giv et bidrag|přispějte|podpořte",
}

#: Calls to action that ask for any kind of help; what follows must mention money.
_SUPPORT = {
    "en": r"support(?:ing)? (?:us|our|the|this|independent|local|(?-i:[A-ZÀ-Þ])\S*)|keep (?:us|our|this|\S+ free)"
    r"|help (?:us|keep|fund|support)|help (?:the|this|our) \S+ (?:go on|survive|continue|grow|stay)"
    r"|become an? (?:\S+ )?(?:member|supporter|patron|donor|friend)|contribute"
    r"|join (?:us|our members)|fund (?:our|this|independent)|your (?:support|donation|gift|contribution)s?"
    r"|we need your|please (?:give|support|consider|help|contribute)|stand (?:with|by) us|back (?:us|our|independent)"
    r"|before you (?:go|leave)|can you (?:help|spare|support|give|chip)|will you (?:help|support|give|chip|join)"
    r"|we (?:depend|rely|count) on you|(?:we|this \S+) (?:cannot|can[’']t) (?:do|go on) (?:this|it)? ?without you"
    r"|(?:if you )?(?:value|like|liked|enjoy|enjoyed) (?:this|our|what)",
    "de": r"unterstütz(?:en|e|t)|helfen sie|werden? sie (?:mitglied|fördermitglied)|(?:förder)?mitglied werden"
    r"|(?:ihre|deine) unterstützung|hilf uns|helft uns|wir (?:brauchen|zählen auf) (?:sie|dich|euch|ihre|deine)"
    r"|mach(?:en sie|t)? mit|fördern sie|förder(?:er|in) werden|bleiben sie uns (?:treu|gewogen)",
    "fr": r"soutenez|soutenir|nous soutenir|aidez|aide-nous|nous avons besoin de (?:vous|votre)|avant de partir"
    r"|devenez (?:membre|adhérente?|mécène)|adhérez|votre soutien"
    r"|contribuez",
    "es": r"apoy(?:a|e|en|ar)\b|apóy(?:anos|enos)|ayúdanos|ayude|ha(?:zte|gase) (?:socio|socia|miembro)|colabora"
    r"|necesitamos (?:tu|su) (?:ayuda|apoyo)|te necesitamos|contamos contigo|antes de irte|únete"
    r"|contribuye|(?:tu|su) apoyo",
    "pt": r"apoi(?:e|a|ar)\b|precisamos (?:de si|de você|do seu|da sua)|contamos consigo|junte-se|ajude"
    r"|contribua|torne-se|seja (?:membro|assinante|apoiador)|(?:o )?seu apoio",
    "it": r"sostien(?:i|ici)|sostenete|aiutaci|contribuisci|diventa (?:socio|membro|sostenitore)|il tuo sostegno"
    r"|aiutate(?:ci)?|abbiamo bisogno (?:di te|di voi|del tuo)|prima di andare|unisciti",
    "nl": r"steun|we hebben (?:je|uw|jouw) (?:hulp|steun)|draag bij|help ons|word (?:lid|donateur|vriend)"
    r"|(?:jouw|uw) steun",
    "pl": r"pomóż(?:cie)?|potrzebujemy (?:cię|twojej|twojego|waszej)|dołącz do|zostań (?:patronem|członkiem)"
    r"|twoje wsparcie",
    "sv, no, da": r"stöd|bli medlem|støt",
}

#: The same inside a sentence.
_IN_SENTENCE = {
    "en": r"please (?:consider|help|support|donate|give|chip|make)|consider (?:making|donating|becoming|supporting)"
    r"|you can (?:donate|support|help us|give|make a)",
    "de": r"spenden sie|spende(?:n)? (?:jetzt|bitte)|unterstützen sie (?:uns|unsere)",
    "fr": r"fai(?:tes|re)(?: \S{1,12})? un don|soutenez(?:-nous| notre)",
    "es": r"ha(?:z|zte|ga)(?: \S{1,12})? (?:un donativo|una donación|socio|socia)"
    r"|puedes? (?:donar|apoyar|colaborar)|apóyanos",
    "pt": r"faça(?: \S{1,12})? uma doação|apoie (?:o|a|nosso|nossa)",
    "it": r"f(?:ai|ate)(?: \S{1,12})? una donazione|sostienici",
    "nl": r"doneer|doe(?: \S{1,12})? een (?:gift|donatie)|steun ons",
    "pl": r"wesprzyj nas|przekaż(?: \S{1,12})? darowiznę",
}

#: The same, of money and nothing else: below a line that asks for help, one of these makes an appeal.
_GIVE_IN_SENTENCE = {
    "en": r"(?:please|to|and|can|could|will you|now|today,?) (?:donate|chip in|give (?:what|whatever|as much))"
    r"|(?:please|consider|by) (?:make|making|give|giving|send|sending) (?:us )?an? (?:\S{1,15} )?(?:donation|gift)"
    r"|your (?:donation|gift|contribution|membership)s?|paid for by (?:our |its )?(?:readers|members|donors|people)",
    "de": r"(?:bitte )?spenden sie|spende(?:t)? (?:jetzt|heute|bitte)|bitte (?:um )?(?:eine )?spende\w*"
    r"|(?:ihre|deine|eure|ihrer|deiner|eurer) (?:spenden?|beiträgen?|mitgliedschaft)|mit einer spende",
    "fr": r"fai(?:tes|re|s)(?: \S{1,12})? un don|(?:vos|votre|tes|ton) (?:dons?|cotisations?)|par un don"
    r"|grâce aux dons",
    "es": r"ha(?:z|ga)(?: \S{1,12})? (?:un donativo|una donación)|(?:tus?|sus?) (?:donativos?|donación"
    r"|donaciones|cuotas?)"
    r"|con una donación",
    "pt": r"faça(?: \S{1,12})? uma doação|faz(?: \S{1,12})? uma doação|(?:tu[ao]s?|su[ao]s?) (?:doação|doações"
    r"|donativos?)"
    r"|com uma doação",
    "it": r"f(?:ai|ate)(?: \S{1,12})? una donazione|(?:tu[ae]|vostr[ae]|sue) donazion[ei]|con una donazione",
    "nl": r"doneer|doe(?: \S{1,12})? een (?:gift|donatie)|(?:jouw|uw|jullie) (?:giften|gift|donaties?|bijdragen?)",
    "pl": r"przekaż(?: \S{1,12})? darowiznę|wpłać|(?:twoj[ae]|twoich|państwa|wasz[ea]) (?:darowizn\w+|wpłat\w+)",
}

#: Words that appeals use.
_MONEY = {
    "en": r"donat\w*|donors?|gifts?|contribut\w*|tax-deductible|member(?:ship)?s?|monthly|support(?:ers?|ing)?"
    r"|reader-funded|funded|independent|paypal|patreon",
    "de": r"spende\w*|\w*mitglied\w*|beitr[aä]g\w*|unterstütz\w*|unabhängig\w*|konto|iban|bic",
    "fr": r"dons?|donn(?:ez|er|ateurs?)|cotisation\w*|défiscalis\w*|mensuel\w*|sout(?:ien\w*|enez|enir)"
    r"|indépendan\w*",
    "es": r"dona(?:r|ción|ciones|tivos?)?|aportaci\w*|cuota\w*|ap[oó]y\w+|soci[oa]s?|independiente\w*|bizum",
    "pt": r"doa(?:r|ção|ções)|contribui\w*|apoi\w+|assinantes?|independente\w*",
    "it": r"dona(?:re|zion\w*)?|contribut\w*|sost(?:egno|ien\w*|ener\w*)|indipendent\w*",
    "nl": r"don(?:atie\w*|eer\w*|eren)|giften|steun\w*|lidmaatschap|onafhankelijk\w*",
    "pl": r"darowizn\w*|wpła\w+|datk\w*|wsp(?:arci\w*|ierać|ierają\w*)|wesprzyj|niezależn\w*",
}
_AMOUNT = r"[€$£]\s?\d|\d\s?(?:€|\$|£)|\d (?:euros?|zł|kr)\b"

#: Words that cannot end a line: a script of the page should have added something.
_UNFINISHED = {
    "en": "of to the and our your",
    "de": "und oder den dem der das von zu zum zur mit für unsere ihre",
    "fr": "de du des et à les une pour avec notre votre",
    "es": "del el los las para nuestro nuestra",
    "pt": "da dos das nosso nossa",
    "it": "della dei degli il gli nostro",
    "nl": "het een voor met onze",
    "pl": "oraz dla naszego",
}
#: More words that nothing ends with, in lower case. Those that end a sentence in any of the languages are left out.
_NEEDS_MORE = {
    "en": "a an into onto upon than who whose whom because although including among toward towards via its their my "
    "every or if while whether at as",
    "de": "eine einen einem einer eines des dass daß weil wenn damit sowie gegen ohne zwischen beim ins am unser "
    "unseren unserem ihren ihrem ihrer jede jeden jedem deren aber einschließlich",
    "fr": "un le la ce cette ces nos vos leur leurs chaque dont qui que par sans entre chez ou mais aux au parce afin "
    "notamment",
    "es": "una lo que cuyo cuya con por desde hasta y o pero cada este esta estos estas su sus nuestros nuestras al",
    "pt": "uma um os cujo cuja com sem até e ou mas seu sua nos nas ao",
    "it": "uno lo di che senza tra fra su ogni questo questa suo alla nel nella dal",
    "nl": "en maar dat wiens met zonder tussen tegen bij elke elk hun haar",
    "pl": "i lub że który która które z ze w we bez przez między od każdy każda",
}
#: Prepositions that end only a clause about somebody: "the people we work with".
_STRANDED = (
    r"(?!.*\b(?:we|you|they|who|whom|which|that|what|where|it|she|he|one|us|them)\b)"
    r".*\b(?:for|with|from|by|against|between|without|during)"
)


_PREFIX = r"[\W_]{0,4}(?:please |bitte )?"
DONATE_CALL = re.compile(rf"{_PREFIX}(?:{join_phrases(_DONATE)})(?!\w)", re.I)
SUPPORT_CALL = re.compile(
    rf"{_PREFIX}(?:{join_phrases(_DONATE)}|{join_phrases(_SUPPORT)})(?!\w)", re.I
)
#: In capitals these are a call to action anywhere in a line.
CAPITALIZED_CALL = re.compile(
    r"\b(?:DONATE|GIVE NOW|SUPPORT US|SPENDEN|FAITES UN DON|DONEER|WESPRZYJ)\b"
)
GIVE_IN_SENTENCE = re.compile(rf"\b(?:{join_phrases(_GIVE_IN_SENTENCE)})\b", re.I)
#: Words in quotation marks are somebody else's.
QUOTED = re.compile(r"“[^“”]{0,500}”|„[^„“”]{0,500}[“”]|«[^«»]{0,500}»|\"[^\"]{0,500}\"")
CALL_IN_SENTENCE = re.compile(rf"\b(?:{join_phrases(_IN_SENTENCE)})\b", re.I)
MONEY_WORDS = re.compile(rf"\b(?:{join_phrases(_MONEY)})\b|{_AMOUNT}", re.I)
#: Gifts other than money.
NON_MONEY_GIFTS = re.compile(
    r"\b(?:donat\w+|give|giving|spende\w*|donne\w*|dons?|dona\w*|doe|doar|oddaj\w*) (?:\S+ ){0,2}"
    r"(?:blood|organs?|plasma|hair|blut|organe|sang|sangre|órganos|sangue|organi|bloed|krew)\b|\b(?:blut"
    r"|organ)spende\w*",
    re.I,
)
#: A line that ends in such a word, or has a gap before "and", lacks what a script would have inserted.
MISSING_TEXT = re.compile(
    rf"(?<![\w-])(?:{'|'.join(' '.join(_UNFINISHED.values()).split())})\s*$|\b(?:of|to) (?:and|or)\b(?! fro\b| from\b)"
)
#: A line that ends in a comma, a dash, or a word that needs another one.
NEEDS_MORE = re.compile(
    rf"^{_STRANDED}\s*$|(?<![\w-])(?:{'|'.join(dict.fromkeys(' '.join(_NEEDS_MORE.values()).split()))})\s*$"
    r"|\w\s*[,;–—&]\s*$|\s[-+]\s*$"
)
