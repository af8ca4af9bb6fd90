"""Images: which are attached, at which size, and errors for those that cannot be shown."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image as Pillow

from pipeline.errors import RenderError
from pipeline.models.article import Article, Block, Figure, FoundAppeal, Image
from pipeline.models.edition import Edition
from pipeline.project import Project
from pipeline.rendering import render
from tests.rendering.html_reader import Element, Page
from tests.rendering.sample_issues import (
    article,
    fill_sample,
    inlines,
    make_issue,
    para,
    render_html,
    render_sample,
    render_text,
    theme,
)

MEASURE = 528


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Pillow.new(mode, size).save(buffer, kind)
    return buffer.getvalue()


def noise(kind: str, size: tuple[int, int] = (64, 64)) -> bytes:
    buffer = io.BytesIO()
    Pillow.effect_noise(size, 80).save(buffer, kind)
    return buffer.getvalue()


def with_picture(content: bytes, *blocks: Block, src: str = "bell.png") -> Edition:
    source = article(*(blocks or (Figure(src=src, alt="A bell"),)))
    return render(make_issue(source), theme(), read_image=lambda _: content)


def find_images(edition: Edition) -> list[Element]:
    return Page(fill_sample(edition.html)).root.all("img")


@pytest.mark.parametrize(
    ("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("GIF", "image/gif")]
)
def test_local_images_are_attached(kind: str, media_type: str) -> None:
    """A PNG, JPEG or GIF becomes a part, byte for byte, named by its Content-ID."""
    content = picture(kind)
    edition = with_picture(content)

    (part,) = edition.images
    (found,) = find_images(edition)
    assert (media_type, content) == (part.media_type, part.content)
    assert f"cid:{part.content_id}" == found.attributes["src"]
    assert part.content_id.endswith("@tern.example.org")


@pytest.mark.parametrize(("natural", "given", "expected"), [
    (40, None, 40), (2000, None, MEASURE), (40, 300, 40), (2000, 300, 300), (2000, 4000, MEASURE),
])  # fmt: skip
def test_width_is_the_smallest(natural: int, given: int | None, expected: int) -> None:
    """The `width` attribute is the smallest of the image's, the requested and the column's width."""
    content = picture(size=(natural, 10))
    edition = with_picture(content, Figure(src="bell.png", alt="x", width=given))

    (found,) = find_images(edition)
    assert str(expected) == found.attributes["width"]
    assert str(max(1, round(10 * expected / natural))) == found.attributes["height"]
    assert "auto" == found.styles["height"]


def test_remote_image_has_the_given_height() -> None:
    """Its height is as given in the source, scaled with its width; else only its width is known."""
    url = "https://e.example.org/a.png"
    source = article(
        Figure(src=url, alt="x", width=1056, height=500), Figure(src=url, alt="y", width=1056)
    )
    given, silent = Page(fill_sample(render(make_issue(source), theme()).html)).root.all("img")

    assert ("528", "250") == (given.attributes["width"], given.attributes["height"])
    assert "528" == silent.attributes["width"]
    assert "height" not in silent.attributes


def test_lines_with_images_can_grow() -> None:
    """Classic Outlook crops an inline image to the line height, unless it must not."""
    page = Page(
        fill_sample(with_picture(picture(), para("x ", Image(src="a.png")), para("y")).html)
    )
    grows, stays = (e for cell in page.prose for e in cell.all("p"))

    assert "at-least" == grows.styles["mso-line-height-rule"]
    assert "mso-line-height-rule" not in stays.styles


def test_images_shrink_but_do_not_grow() -> None:
    """An image fills its column up to its own width, and shrinks on a phone, also while it is blocked."""
    (small,) = find_images(with_picture(picture(size=(40, 20))))
    (large,) = find_images(with_picture(picture(size=(2000, 20))))

    assert ("100%", "40px") == (small.styles["width"], small.styles["max-width"])
    assert ("100%", "100%") == (large.styles["width"], large.styles["max-width"])


def test_inline_images_shrink_too() -> None:
    """Only images too wide for a phone follow their column."""
    (small,) = find_images(with_picture(picture(size=(40, 20)), para(Image(src="a.png"))))
    (large,) = find_images(with_picture(picture(size=(400, 20)), para(Image(src="a.png"))))

    assert "width" not in small.styles
    assert ("100%", "400px") == (large.styles["width"], large.styles["max-width"])


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("WEBP", "RGB"), ("WEBP", "RGBA"), ("BMP", "RGB"), ("TIFF", "CMYK"), ("TIFF", "L")],
)
def test_other_formats_become_png(kind: str, mode: str) -> None:
    """An image of another format is sent as PNG, at the same size."""
    (part,) = with_picture(picture(kind, mode=mode)).images

    assert "image/png" == part.media_type
    with Pillow.open(io.BytesIO(part.content)) as again:
        assert ("PNG", (40, 20)) == (again.format, again.size)


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", b'<svg xmlns="http://www.w3.org/2000/svg"/>', b"\x01\x00\x00\x00" + b"\0" * 36 + b" EMF",
     b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"%PDF-1.4\n"],
    ids=["empty", "words", "svg", "emf", "eps", "pdf"],
)  # fmt: skip
def test_invalid_images_are_rejected(content: bytes) -> None:
    """SVG, EMF, PDF, PostScript and garbage are rejected with a hint."""
    with pytest.raises(RenderError) as caught:
        with_picture(content, src="bell.xyz")

    assert "bell.xyz: not an image that emails can show. Save it as PNG or JPEG." == str(
        caught.value
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_truncated_images_are_rejected(kind: str, share: float) -> None:
    """Wherever they end."""
    content = noise(kind)

    with pytest.raises(
        RenderError, match=r"^bell\.png: (the image is damaged|not an image)"
    ) as caught:
        with_picture(content[: int(len(content) * share)])

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("size", [(8000, 7000), (12000, 9000), (20000, 20000)])
def test_huge_images_are_rejected(size: tuple[int, int]) -> None:
    """An image is rejected for its size before it is decoded."""
    with pytest.raises(
        RenderError, match=r"^bell\.png: the image has too many pixels.*\. Scale it down\.$"
    ):
        with_picture(picture(size=size, mode="1"))


@pytest.mark.parametrize(
    "src",
    [
        *("http://e.example.org/a.png", "HTTP://e.example.org/a.png", "data:image/png;base64,AAAA"),
        *("file:///etc/passwd", "cid:x@y", "javascript:alert(1)", "https://"),
    ],
)
def test_other_schemes_are_rejected(src: str) -> None:
    """Only https and local files are images; nothing else is even read."""
    with pytest.raises(RenderError, match="emails must not load images over"):
        with_picture(picture(), src=src)


def test_remote_images_are_linked() -> None:
    """An https image stays remote; its URL is written in ASCII."""
    edition = with_picture(b"never read", src="https://例え.example/é x.png")

    (found,) = find_images(edition)
    assert () == edition.images
    assert "https://xn--r8jz45g.example/%C3%A9%20x.png" == found.attributes["src"]
    assert str(MEASURE) == found.attributes["width"]


def test_remote_inline_images_have_no_size() -> None:
    """The width of a small remote image is unknown, so none is written."""
    source = article(para("A ", Image(src="https://e.example.org/i.png", alt="star"), " here."))

    (found,) = Page(render_html(source)).root.all("img")
    assert "width" not in found.attributes
    assert "A [star] here." in render_text(source)


def test_images_are_attached_once() -> None:
    """Two places show one part."""
    edition = with_picture(picture(), Figure(src="a.png", alt="x"), Figure(src="b.png", alt="y"))

    assert 1 == len(edition.images)
    assert 1 == len({e.attributes["src"] for e in find_images(edition)})


def test_unused_images_are_not_attached() -> None:
    """An image in an appeal that was left out is neither read nor sent."""
    source = article("x", appeal=FoundAppeal(blocks=(Figure(src="http://e.example.org/a.png"),)))

    assert () == render_sample(source).images


def test_local_images_need_a_reader() -> None:
    """`render()` reads no files on its own."""
    with pytest.raises(RenderError, match=r"^bell\.png: local images need the article's file"):
        render_sample(article(Figure(src="bell.png")))


def test_missing_image_leaves_its_caption() -> None:
    """A figure without a source shows its caption, or else its alt text, and no image."""
    source = article(
        Figure(src=None, alt="A bell", caption=inlines("The bell")), Figure(src=None, alt="A buoy")
    )
    page = Page(render_html(source))

    assert [] == page.root.all("img")
    assert ["The bell", "A buoy"] == [e.text() for e in page.root.find_class("caption")]


# Through the project, which reads the files


def load_and_render(root: Path, src: str, *, folder: str = "letters") -> Edition:
    (root / "handbill.toml").write_text('[publication]\nname = "T"\nfrom = "t@e.example.org"\n')
    (root / folder).mkdir(exist_ok=True)
    project = Project.open(root)
    source: Article = article(Figure(src=src, alt="x"), location=str(root / folder / "a.md"))
    return project.render(project.edit(source))


def test_image_paths_are_relative_to_the_article(tmp_path: Path) -> None:
    """Percent-encoded or not; other folders of the project are allowed."""
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/a bell.png").write_bytes(picture())
    (tmp_path / "shared.png").write_bytes(picture(size=(9, 9)))

    for src in ("a bell.png", "a%20bell.png", "../shared.png"):
        assert 1 == len(load_and_render(tmp_path, src).images)


def test_missing_image_error_has_the_path(tmp_path: Path) -> None:
    """The error names the file that was looked for."""
    with pytest.raises(RenderError) as caught:
        load_and_render(tmp_path, "no-bell.png")

    assert f"{tmp_path}/letters/no-bell.png: image not found." in str(caught.value)


@pytest.mark.parametrize(
    "src", ["../../secret.png", "link.png", "..%2F..%2Fsecret.png", "{absolute}"]
)
def test_images_outside_the_project_are_rejected(tmp_path: Path, src: str) -> None:
    """Neither dots nor symbolic links nor absolute paths lead out of the project."""
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture())
    root = tmp_path / "project"
    (root / "letters").mkdir(parents=True)
    (root / "letters/link.png").symlink_to(secret)

    with pytest.raises(RenderError, match="the image is outside the project"):
        load_and_render(root, src.format(absolute=secret))


def test_folders_are_not_images(tmp_path: Path) -> None:
    """A folder is the same as a missing file."""
    with pytest.raises(RenderError, match="image not found"):
        load_and_render(tmp_path, "..")
