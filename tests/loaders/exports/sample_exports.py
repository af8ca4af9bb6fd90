"""Exports as each system writes them, with the same two issues, and what must not become one."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

#: Of the issues in each export: the slug, the title, the date.
ISSUES = [
    ("rain-gauges", "Rain gauges", "2024-03-02T09:00:00+00:00"),
    ("ferry-bells", "“Ferry” bells", "2024-03-09T09:00:00+00:00"),
]

_NOTE = (
    '<p>The first gauge<a class="footnote-anchor" id="footnote-anchor-1" href="#footnote-1">1</a> was a bowl.</p>'
    '<p><a href="{site}/p/ferry-bells">Bells</a> <img src="{site}/bowl.jpg" alt="A bowl"></p>'
    '<div class="footnote"><a id="footnote-1" href="#footnote-anchor-1" class="footnote-number">1</a>'
    '<div class="footnote-content"><p>Made of bronze.</p></div></div>'
)
_BELLS = "<p>A bell rings twice.</p>"
_SECRET = "<p>Words for members.</p>"


def write_substack(folder: Path) -> Path:
    """Write the export of Substack."""
    return _write_zip(
        folder / "substack.zip",
        {
            "posts.csv": (
                "post_id,post_date,is_published,email_sent_at,type,audience,title,subtitle,podcast_url\n"
                "1.rain-gauges,2024-03-02T09:00:00.000Z,true,,newsletter,everyone,Rain gauges,On &#x201C;dry&#x201D;,\n"
                "2.ferry-bells,2024-03-09T09:00:00.000Z,TRUE,,podcast,everyone,&#x201C;Ferry&#x201D; bells,,\n"
                "3.members,2024-03-10T09:00:00.000Z,true,,newsletter,only_paid,Members,,\n"
                "4.draft,2024-03-11T09:00:00.000Z,false,,newsletter,everyone,Draft,,\n"
                "5.about,2024-03-12T09:00:00.000Z,true,,page,everyone,About,,\n"
            ),
            "posts/1.rain-gauges.html": _NOTE.format(site=""),
            "posts/2.ferry-bells.html": _BELLS,
            "posts/3.members.html": _SECRET,
            "posts/4.draft.html": _BELLS,
            "posts/5.about.html": _BELLS,
        },
    )


def write_ghost(folder: Path) -> Path:
    """Write the export of Ghost."""

    def post(number: int, slug: str, title: str, day: str, html: str, **more: object) -> object:
        base = {
            "id": number,
            "slug": slug,
            "title": title,
            "html": html,
            "type": "post",
            "status": "published",
            "visibility": "public",
            "published_at": f"2024-03-{day}T09:00:00.000Z",
        }
        return base | more

    posts = [
        post(
            1,
            "rain-gauges",
            "Rain gauges",
            "02",
            _NOTE.format(site="__GHOST_URL__"),
            custom_excerpt="On “dry”",
        ),
        post(2, "ferry-bells", "“Ferry” bells", "09", _BELLS, status="sent"),
        post(3, "members", "Members", "10", _SECRET, visibility="paid"),
        post(4, "draft", "Draft", "11", _BELLS, status="draft", published_at=None),
        post(5, "about", "About", "12", _BELLS, type="page"),
    ]
    tables = {
        "posts": posts,
        "users": [{"id": 7, "name": "Ada Byron"}],
        "posts_authors": [{"post_id": 1, "author_id": 7}],
    }
    path = folder / "ghost.json"
    path.write_text(
        json.dumps({"db": [{"meta": {"version": "5.80.0"}, "data": tables}]}), encoding="utf-8"
    )
    return path


def write_buttondown(folder: Path) -> Path:
    """Write the export of Buttondown, unpacked."""
    export = folder / "buttondown"
    (export / "emails").mkdir(parents=True)
    (export / "emails.csv").write_text(
        "id,secondary_id,subject,publish_date,source,slug\n"
        "a,1,Rain gauges,2024-03-02 09:00:00+00:00,app,rain-gauges\n"
        "b,2,“Ferry” bells,2024-03-09 09:00:00+00:00,app,ferry-bells\n"
        "c,3,Draft,,app,draft\n",
        encoding="utf-8",
    )
    (export / "emails" / "rain-gauges.md").write_text(
        "<!-- buttondown-editor-mode: plaintext -->The first gauge[^1] was a bowl.\n\n"
        "![A bowl](/bowl.jpg) {{ subscriber.email }}\n\n[^1]: Made of bronze.\n"
    )
    (export / "emails" / "ferry-bells.md").write_text("A bell rings twice.\n")
    (export / "emails" / "draft.md").write_text("Not yet.\n")
    return export


def write_mailchimp(folder: Path) -> Path:
    """Write the export of Mailchimp."""
    page = "<html><head><title>{title}</title></head><body><table><tr><td>{body}</td></tr></table></body></html>"
    return _write_zip(
        folder / "mailchimp.zip",
        {
            "campaigns.csv": (
                "Title,Subject,List,Send Date,Status\n"
                'Rain gauges,Rain gauges,Weekly,"Mar 02, 2024 09:00 am",Sent\n'
                'March bells,“Ferry” bells,Weekly,"Mar 09, 2024 09:00 am",Sent\n'
                "Draft,Draft,Weekly,,Save\n"
            ),
            "campaigns_content/12_rain-gauges.html": page.format(
                title="Rain gauges",
                body="<h1>Rain gauges</h1><p>The first gauge was a bowl made of bronze, and it stood in the yard.</p>",
            ),
            "campaigns_content/13_ferry-bells.html": page.format(
                title="*|MC:SUBJECT|*",
                body="<h1>“Ferry” bells</h1><p>A bell rings twice when the ferry leaves for the island.</p>",
            ),
            "campaigns_content/14_draft.html": page.format(title="Draft", body="<p>Not yet.</p>"),
        },
    )


def write_wordpress(folder: Path) -> Path:
    """Write the export of WordPress."""

    def item(slug: str, title: str, day: str, text: str, **more: str) -> str:
        values = {"post_type": "post", "status": "publish", "post_password": ""} | more
        date = "0000-00-00 00:00:00" if values["status"] == "draft" else f"2024-03-{day} 09:00:00"
        return (
            f"<item><title>{title}</title><link>https://old.example.org/2024/03/{slug}/</link>"
            f"<dc:creator><![CDATA[ada]]></dc:creator><content:encoded><![CDATA[{text}]]></content:encoded>"
            f"<wp:post_date_gmt>{date}</wp:post_date_gmt><wp:post_name>{slug}</wp:post_name>"
            + "".join(f"<wp:{key}>{value}</wp:{key}>" for key, value in values.items())
            + "</item>"
        )

    blocks = "<!-- wp:paragraph -->{}<!-- /wp:paragraph -->"
    path = folder / "wordpress.xml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/"><channel>'
        "<wp:author><wp:author_login>ada</wp:author_login>"
        "<wp:author_display_name><![CDATA[Ada Byron]]></wp:author_display_name></wp:author>"
        + item("rain-gauges", "Rain gauges", "02", blocks.format(_NOTE.format(site="")))
        + item("ferry-bells", "“Ferry” bells", "09", "A bell rings\ntwice.\n\nAnd &amp; again.")
        + item("members", "Members", "10", _SECRET, post_password="x")
        + item("draft", "Draft", "11", _BELLS, status="draft")
        + item("about", "About", "12", _BELLS, post_type="page")
        + item("bowl", "bowl.jpg", "12", "", post_type="attachment", status="inherit")
        + "</channel></rss>",
        encoding="utf-8",
    )
    return path


WRITERS = {
    "Substack": write_substack,
    "Ghost": write_ghost,
    "Buttondown": write_buttondown,
    "Mailchimp": write_mailchimp,
    "WordPress": write_wordpress,
}


def _write_zip(path: Path, files: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path
