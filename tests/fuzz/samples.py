"""Good input to begin with, and what its formats are made of."""

from __future__ import annotations

from tests.support import SEEDS

MARKDOWN = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.md"))]
TEXT = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))]

MARKDOWN_FRAGMENTS = (
    "[^1]", "[^1]: ", "[^x]: [^x]", "^[", "- ", "    - ", "1. ", "> ", "```\n", "~~~\n", "::: appeal\n", ":::\n",
    "---\n", "+++\n", "# ", "\n\n", "|a|b|\n|-|-|\n", "| ", "![", "](", "[a]: https://e.example.org\n", "[a][b]", "*",
    "**", "_", "~~", "`", "$$", "<div>", "</div>", "<br>", "<!-- ", "-->", "{#id .c}", "{{ name }}", "\\", "  \n",
    "***\n", "Term\n: Definition\n", "*[HTML]: Words\n", "[[wiki]]", "{>>", "<<}", "@[x](y)",
    "<https://e.example.org>", "&amp;",
)  # fmt: skip
TEXT_FRAGMENTS = (
    "[1]", "[1] ", "1. ", "(1)", "¹", "*", "†", "Notes\n", "\n\nReferences\n\n", "Share\n", "Subscribe\n",
    "By Ada Byron\n", "12 May 2026\n", "Related articles\n", "↩", "—\n", "* * *\n", "Home\nNews\nAbout\n",
    "Donate now\n", "\n", "\n\n", "Photo: Nell Oddy\n", "5 min read\n", "Advertisement\n", "Comments (3)\n",
    "title: X\n", "---\n", "    ", "\t", "• ",
)  # fmt: skip
HTML = [
    """<!DOCTYPE html><html lang="en"><head><title>The bell</title><meta name="author" content="Ada Byron">
<meta property="og:title" content="The bell"></head><body><nav><a href="/">Home</a></nav><article><h1>The bell</h1>
<p class="byline">By Ada Byron</p><p>The bell rings twice each
Morning when the tide comes in.<sup><a href="#fn1" id="r1">1</a></sup> Words of <em>several</em> kinds stand here.</p>
<figure><img src="https://e.example.org/a.jpg" alt="A bell"><figcaption>The bell in May.</figcaption></figure>
<table><tr><th>Year</th><td>1868</td></tr></table><ul><li>One of them</li><li>Another one</li></ul>
<blockquote><p>Who rings it
Nobody knows who rings it here.</p></blockquote><hr><ol class="footnotes"><li id="fn1">Harbour book, p. 3.
<a href="#r1">↩</a></li></ol></article><footer>© 2026</footer></body></html>""",
    """<div><h2>Who winds it</h2><p>A float does the work[1] and nobody else
Does any of the work at all here.</p><p>[1] A copper ball.</p><div class="share">Share</div></div>""",
]
HTML_FRAGMENTS = (
    "<p>", "</p>", "<div>", "</div>", "<table>", "<tr>", "<td>", "</table>", "<ul>", "<li>", "</ul>", "<sup>",
    "</sup>", '<a href="#fn1">', "</a>", '<li id="fn1">', "<section>", "</section>", "<br>", "<hr>", "<pre>",
    "<code>", "<svg>", "<template>", "</template>", "<noscript>", "<script>", "</script>", "<style>", "</style>",
    "<title>", "</body>", "</html>", "<!--", "-->", "<![CDATA[", "]]>", "<img>", '<img src="x" alt="y">',
    "<details><summary>", "<math>", "<iframe>", "<select><option>", "<button>", "<textarea>", "<plaintext>", "<xmp>",
    '<p hidden>', '<div style="display:none">', "<frameset>", "<base href=x>", "<meta charset=rot13>", "<a name=x>",
    "<font size=7>", "<o:p>", "<ruby>a<rt>b", "<?xml?>",
)  # fmt: skip
FEEDS = [
    """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>The Lantern</title><link>https://example.org/</link><language>en-GB</language>
<item><title>The tide</title><link>https://example.org/tide</link><guid>tag:example.org,2026:tide</guid>
<dc:creator>Ines Calloway</dc:creator><pubDate>Wed, 22 Apr 2026 12:33:00 +0000</pubDate>
<content:encoded><![CDATA[<p>The tide
Comes in twice a day and goes out twice.<sup><a href="#n1" id="b1">1</a></sup></p>
<ol><li id="n1">Harbour book, p. 3. <a href="#b1">↩</a></li></ol>]]></content:encoded></item></channel></rss>""",
    """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">
<title>Hafen</title>
<entry><title type="html">Die &lt;em&gt;Glocke&lt;/em&gt;</title><id>urn:glocke</id>
<link href="https://example.org/glocke"/><updated>2026-05-01T08:00:00Z</updated><author><name>Jan Priel</name></author>
<content type="html">&lt;p&gt;Sie schlägt zweimal.&lt;/p&gt;</content></entry></feed>""",
    """{"version": "https://jsonfeed.org/version/1.1", "title": "The Lantern", "items": [{"id": "1",
"url": "https://example.org/1", "title": "The tide", "content_html": "<p>The tide comes in.</p>",
"date_published": "2026-05-01T08:00:00Z", "authors": [{"name": "Ines Calloway"}]}]}""",
]
FEED_FRAGMENTS = (
    "<item>", "</item>", "<entry>", "</entry>", "<title>", "</title>", "<link>../private.md</link>", "<guid>",
    "<content:encoded>", "<![CDATA[", "]]>", "<summary>", "<enclosure url='file:///x' type='image/png'/>", "&lt;",
    "&amp;amp;", "<pubDate>0</pubDate>", "<!DOCTYPE x [<!ENTITY e 'x'>]>", "&e;", "xmlns:x='y'", '"items": [', "{",
    "}", "]", '"id": null,', "<language>xx-invalid-</language>", "<category>", "<media:content url='x'/>",
    "<description>", "</description>",
)  # fmt: skip
FRONT_MATTER = [
    "---\ntitle: The tide\nauthor: [Ada Byron, Bo]\ndate: 2026-05-01\nimage: {src: a.jpg, alt: A bell}\n"
    "appeal:\n  heading: Help\n  url: https://e.example.org/give\n  amounts: [5, 10]\n"
    "tags: [a, b]\n---\n\nThe tide comes in.\n",
    '+++\ntitle = "The tide"\ndate = 2026-05-01T10:00:00+02:00\nauthors = ["Ada Byron"]\n[extra]\n'
    'subtitle = "x"\n+++\n\n'
    "The tide comes in.\n",
    '{"title": "The tide", "date": "2026-05-01", "author": {"name": "Ada Byron"}}\n\nThe tide comes in.\n',
    "Title: The tide\nAuthor: Ada Byron\nDate: 2026-05-01\n\nThe tide comes in.\n",
]
FRONT_MATTER_FRAGMENTS = (
    "---\n", "+++\n", ";;;\n", "...\n", "title:", "date:", "&a ", "*a", "<<: *a\n", "!!python/object:os.system ",
    "!!binary x", "- ", "? ", ": ", "|\n  ", ">-\n  ", "{", "}", "[", "]", '"', "'", "#", "%YAML 1.1\n", "title: [",
    "date: 2026-99-99\n", "language: xx\n", "subject: ", "appeal: ", "image: ", "canonical_url: file:///x\n", "= ",
    "[a]\n", "[[a]]\n", "draft: yes\n",
)  # fmt: skip
CSVS = [
    'email,name,language,timezone,tags,Opt-in date\nada@example.org,Ada,en,Europe/London,"a, b",2025-01-02\n'
    "bo@example.org,Bo,de,CET,,2.3.2025\n",
    "Email Address;First Name;Status;Unsub Time\nada@example.org;Ada;subscribed;\n"
    "bo@example.org;Bo;unsubscribed;2024-01-01\n",
    "sep=,\nE-Mail,Consent\nada@example.org,yes\n",
]
CSV_FRAGMENTS = (
    ",", ";", "\t", "|", '"', '""', "\n", "\r", "sep=;\n", "email", "@", "a@b", "<a@example.org>", "=1+1", "'=x",
    "unsubscribed", "yes", "no", "confirmed", "cleaned", "2026-02-30", "45000", "1700000000", "N/A", '{"a": 1}',
    "['x']", "@example.org", "mailto:", "a@example.org,b@example.org", "ünï@exämple.org", "a@xn--", "\ufeff",
    "Status", "Consent", "lists",
)  # fmt: skip
CONFIGS = [
    """[publication]
name = "The Lantern"
from = "The Lantern <letters@lantern.example.org>"
postal_address = "12 Quay Street"
timezone = "Europe/London"
[appeal]
heading = "Help"
url = "https://lantern.example.org/give"
amounts = [10, 25]
[sender]
default = ["outbox", "relay"]
[senders.relay]
kind = "smtp"
host = "relay.example.org"
[pacing]
per_second = 5
quiet = "22:00-07:00"
[dkim]
domain = "lantern.example.org"
[schedule]
stale_after = "12h"
"""
]
CONFIG_FRAGMENTS = (
    "[", "]", "[[", "]]", "=", '"', "'''", '"""', "{", "}", ",", "\n", "[publication]\n", "[appeal.variants]\n",
    "[senders.x]\n", "name = 1\n", "from = []\n", "timezone = 'EST'\n", "amounts = ['x', nan, -1]\n",
    "1979-05-27T07:32:00Z", "inf", "0x1F", "true", "language = 'xx-yy-zz'\n", "url = 'http://x'\n",
    "per_second = 1e9\n", "#", "default = {}\n", "a.b.c = 1\n", "\\u0000", "\\uD800",
)  # fmt: skip
MESSAGES = [
    """Return-Path: <>
From: MAILER-DAEMON@mx.example.org
To: bounces+aeaqcaibaeaqcaibaeaqcaibae@lantern.example.org
Subject: Undelivered Mail Returned to Sender
Message-ID: <1@mx.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=utf-8

The message could not be delivered to <ada@example.org>: 550 5.1.1 User unknown
--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; ada@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown
--b1
Content-Type: message/rfc822

From: letters@lantern.example.org
Message-ID: <x@lantern.example.org>
Subject: The tide

The tide comes in.
--b1--
""",
    """From: Ada <ada@example.org>
To: letters@lantern.example.org
Subject: =?utf-8?q?Re=3A_The_tide?=
Content-Type: text/html; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

<p>Please unsubscribe me. =E9</p>
""",
]
MESSAGE_FRAGMENTS = (
    "\n", "\n\n", "--b1", "--b1--\n", "Content-Type: ", "multipart/mixed; boundary=", "message/rfc822",
    "charset=rot13", "charset=idna", "Content-Transfer-Encoding: base64\n", "base64", "quoted-printable",
    "=?utf-8?b?////?=", "=?x-unknown?q?=00?=", "Subject: ", ":", "Auto-Submitted: auto-replied\n", "<>", "<@>",
    "Feedback-Type: abuse\n", "message/feedback-report", "Final-Recipient: ", "=0", "Status: 9.9.9\n",
    "Message-ID: <", "boundary=\"\"", "filename*=utf-8''%ff", "\0", "From ", ">From ", "X: " + "y" * 200,
)  # fmt: skip
TOKENS = ["bqaqcaibaeaqcaibaeaqcaibae", "bea6dmjb2i2z6l4j5wq7l6r2xm", "AEAQCAIBAEAQCAIBAEAQCAIBAE"]
DATES = [
    "2026-05-01 09:00",
    "2026-05-01T09:00:00Z",
    "Wed, 22 Apr 2026 12:33:00 +0000",
    "3.5.2026",
    "1 May 2026, 5 pm",
]
