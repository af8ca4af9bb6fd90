"""Images: which are attached, at which size, and errors for those that cannot be shown."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from PIL import ImageCms, features
from PIL.PngImagePlugin import PngInfo

from pipeline.models.article import Article, Block, Figure, FoundAppeal, Image, Note, NoteRef
from pipeline.models.edition import Edition
from pipeline.models.finding import Finding, Severity
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
from tests.support import lacks

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

    assert ("40px", "100%") == (small.styles["width"], small.styles["max-width"])
    assert ("100%", "100%") == (large.styles["width"], large.styles["max-width"])


def test_inline_images_shrink_too() -> None:
    """Only images too wide for a phone follow their column."""
    (small,) = find_images(with_picture(picture(size=(40, 20)), para(Image(src="a.png"))))
    (large,) = find_images(with_picture(picture(size=(400, 20)), para(Image(src="a.png"))))

    assert "width" not in small.styles
    assert ("400px", "100%") == (large.styles["width"], large.styles["max-width"])


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("WEBP", "RGB"), ("WEBP", "RGBA"), ("BMP", "RGB"), ("TIFF", "CMYK"), ("TIFF", "L")),
        *(
            ("JPEG2000", "RGB"),
            ("JPEG2000", "RGBA"),
            ("TGA", "RGB"),
            ("PPM", "RGB"),
            ("AVIF", "RGB"),
        ),
    ],
)
def test_other_formats_become_png(kind: str, mode: str) -> None:
    """An image of another format is sent as PNG, at the same size."""
    if kind == "AVIF" and not features.check("avif"):
        lacks("Pillow cannot write AVIF here")
    (part,) = with_picture(picture(kind, mode=mode)).images

    assert "image/png" == part.media_type
    with Pillow.open(io.BytesIO(part.content)) as again:
        assert ("PNG", (40, 20)) == (again.format, again.size)


def find_left_out(edition: Edition, src: str = "bell.png") -> Finding:
    """Return the finding about *src*, which is not shown."""
    assert () == edition.images
    assert [] == find_images(edition)
    (finding,) = edition.findings
    assert src[:79] == finding.where[:79]
    return finding


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Not an image that emails can show. Save it as PNG or JPEG."),
        (b"not a picture", "Not an image that emails can show. Save it as PNG or JPEG."),
        (
            b'<svg xmlns="http://www.w3.org/2000/svg"/>',
            "SVG images are not shown by Gmail or Outlook.",
        ),
        (b"\x01\x00\x00\x00" + b"\0" * 36 + b" EMF", "This is a EMF file"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "This is a PostScript file"),
        (b"%PDF-1.4\n", "This is a PDF file"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "This is a HEIC file"),
        (b"8BPS\0\x01", "This is a Photoshop file"),
    ],
    ids=["empty", "words", "svg", "emf", "eps", "pdf", "heic", "psd"],
)
def test_files_that_email_cannot_show_are_left_out(content: bytes, words: str) -> None:
    """Each is an error that names the kind of file and what to do; the rest is rendered."""
    finding = find_left_out(with_picture(content))

    assert ("image.not-shown", Severity.ERROR) == (finding.code, finding.severity)
    assert words in finding.message
    assert re.search(r"(Save|Export) it as (PNG|JPEG)", finding.message)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_truncated_images_are_left_out(kind: str, share: float) -> None:
    """Wherever they end."""
    content = noise(kind)
    finding = find_left_out(with_picture(content[: int(len(content) * share)]))

    assert finding.message.startswith(("The image is damaged", "Not an image"))
    assert "\n" not in finding.message


@pytest.mark.parametrize("size", [(12000, 9000), (20000, 20000)])
def test_huge_images_are_left_out(size: tuple[int, int]) -> None:
    """An image is rejected for its size before it is decoded; the limit is named."""
    finding = find_left_out(with_picture(picture(size=size, mode="1")))

    assert "more than 100 million" in finding.message
    assert finding.message.endswith("Scale it down.")


@pytest.mark.parametrize(
    ("src", "severity"),
    [
        ("http://e.example.org/a.png", Severity.ERROR),
        ("HTTP://e.example.org/a.png", Severity.ERROR),
        ("file:///etc/passwd", Severity.ERROR),
        ("https://", Severity.WARNING),
        ("data:image/png;base64,AAAA", Severity.WARNING),
        ("cid:x@y", Severity.WARNING),
        ("javascript:alert(1)", Severity.WARNING),
        ("about:blank", Severity.WARNING),
        ("#", Severity.WARNING),
        ("#top", Severity.WARNING),
        ("", Severity.WARNING),
        (" ", Severity.WARNING),
    ],
)
def test_other_addresses_are_left_out(src: str, severity: Severity) -> None:
    """Only https and local files are images; nothing else is even read. What never was an image is a warning."""
    figure = Figure(src=src, alt="x", caption=inlines("The bell"))
    edition = render(make_issue(article(figure, "It rings.")), theme(), read_image=reject)

    (finding,) = edition.findings
    assert severity is finding.severity
    assert [] == find_images(edition)
    assert "The bell" not in Page(fill_sample(edition.html)).root.text()
    assert "It rings." in fill_sample(edition.text)
    assert "The bell" not in fill_sample(edition.text)


def reject(src: str) -> bytes:
    raise AssertionError(src)


@pytest.mark.parametrize(
    "src", ["x/onerror=alert(1)", "x onerror=alert(1).png", "a<b>.png", "picture", "..", "a\0b"]
)
def test_addresses_that_are_no_images_are_warnings(tmp_path: Path, src: str) -> None:
    """A file that is not there, with a name that no image has, stops nothing."""
    (finding,) = [f for f in load_and_render(tmp_path, src).findings if "image" in f.code]

    assert ("image.unsafe", Severity.WARNING) == (finding.code, finding.severity)


# What is done to files


def find_changes(edition: Edition, code: str) -> str:
    (finding,) = [finding for finding in edition.findings if finding.code == code]
    assert Severity.NOTE is finding.severity
    return finding.message


def open_part(edition: Edition) -> Pillow.Image:
    (part,) = edition.images
    return Pillow.open(io.BytesIO(part.content))


def photo(size: tuple[int, int] = (400, 200), **options: Any) -> bytes:
    """Return a JPEG whose left half is red."""
    image = Pillow.new("RGB", size, (20, 40, 200))
    image.paste((200, 30, 20), (0, 0, size[0] // 2, size[1]))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=95, **options)
    return buffer.getvalue()


def exif(orientation: int = 1, *, has_location: bool = False) -> bytes:
    tags = Pillow.Exif()
    tags[0x0112] = orientation
    if has_location:
        tags[0x8825] = {1: "N", 2: (57.0, 29.0, 0.0), 3: "W", 4: (6.0, 12.0, 0.0)}
        tags[0x010F] = "Camera"
    return tags.tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_images_are_scaled_down(kind: str) -> None:
    """To twice the width shown, and it is told; a smaller one stays as it is."""
    edition = with_picture(picture(kind, (3000, 1500)))

    assert (2 * MEASURE, MEASURE) == open_part(edition).size
    (found,) = find_images(edition)
    assert ("528", "264") == (found.attributes["width"], found.attributes["height"])
    told = find_changes(edition, "image.too-many-pixels")
    assert "3,000 × 1,500 pixels, but shown 528 wide: scaled down to 1,056 × 528" in told
    small = with_picture(picture(kind, (2 * MEASURE, 20)))
    assert "image.too-many-pixels" not in {finding.code for finding in small.findings}


def test_images_are_scaled_to_the_largest_place() -> None:
    """The width that the article gives counts; of two places the wider one."""
    small, large = Figure(src="a.png", alt="x", width=100), Figure(src="a.png", alt="x", width=300)

    assert 200 == open_part(with_picture(picture(size=(900, 9)), small)).width
    assert 600 == open_part(with_picture(picture(size=(900, 9)), small, large)).width


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_the_right_way_up(orientation: int) -> None:
    """As their EXIF orientation says, with the right sides; no orientation is left."""
    edition = with_picture(photo(exif=exif(orientation)), src="bell.jpg")
    image = open_part(edition).convert("RGB")
    (found,) = find_images(edition)

    expected = (200, 400) if orientation >= 5 else (400, 200)
    assert expected == image.size
    assert str(expected[0]) == found.attributes["width"]
    assert 1 == image.getexif().get(0x0112, 1)
    corner = image.getpixel((5, 5))
    assert isinstance(corner, tuple)
    is_red = corner[0] > corner[2]
    assert is_red == (orientation in (1, 4, 5, 6))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_location_is_removed(kind: str) -> None:
    """GPS and the camera, from every kind of file, also without any other change; it is told in one note."""
    buffer = io.BytesIO()
    Pillow.new("RGB", (60, 30), "navy").save(buffer, kind, exif=exif(has_location=True))
    blocks = Figure(src="a.jpg", alt="x"), Figure(src="b.jpg", alt="y")
    edition = with_picture(buffer.getvalue(), *blocks)

    image = open_part(edition)
    assert {} == dict(image.getexif())
    assert (60, 30) == image.size
    told = find_changes(edition, "image.metadata-removed")
    assert "where it was taken, GPS (a.jpg, b.jpg)" in told


def test_pixels_stay_when_only_metadata_is_removed() -> None:
    """A JPEG is not encoded again; what a phone appends to it goes too."""
    content = photo(exif=exif(has_location=True), comment=b"At home")
    plain = with_picture(content + b"\xff\xd8 another image", src="bell.jpg")

    assert Pillow.open(io.BytesIO(content)).tobytes() == open_part(plain).tobytes()
    assert b"At home" not in plain.images[0].content
    assert plain.images[0].content.endswith(b"\xff\xd9")


def test_text_and_comments_are_removed() -> None:
    """From PNG and GIF, whose other bytes and frames stay."""
    text = PngInfo()
    text.add_text("Author", "Ida Roan, 3 Pier Road")
    png, gif = io.BytesIO(), io.BytesIO()
    Pillow.new("RGB", (40, 20)).save(png, "PNG", pnginfo=text)
    frames = [Pillow.new("RGB", (40, 20), color) for color in ("red", "navy", "white")]
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:], comment=b"Ida Roan")

    assert picture() == with_picture(png.getvalue()).images[0].content
    edition = with_picture(gif.getvalue())
    assert b"Ida Roan" not in edition.images[0].content
    assert 3 == open_part(edition).n_frames  # type: ignore[attr-defined]
    assert "Ida" not in find_changes(edition, "image.metadata-removed")


def test_animations_stay() -> None:
    """Byte for byte, however wide they are."""
    frames = [Pillow.new("RGB", (1500, 20), color) for color in ("red", "navy")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])

    assert buffer.getvalue() == with_picture(buffer.getvalue()).images[0].content


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("WEBP", "the first of its 3 frames (for an animation, save it as GIF)"),
        ("TIFF", "the first of its 3 pages (to show the others, save each as a file)"),
    ],
)
def test_only_the_first_of_several_pages_is_sent(kind: str, words: str) -> None:
    """An animation that not every email program plays, and a scan of several pages, do not end there in silence."""
    frames = [Pillow.new("RGB", (40, 20), color) for color in ("red", "navy", "green")]
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], lossless=True)
    edition = with_picture(buffer.getvalue())

    assert (255, 0, 0) == open_part(edition).convert("RGB").getpixel((1, 1))
    assert words in find_changes(edition, "image.converted")


def _make_profile(name: str, primaries: Sequence[tuple[float, float, float]]) -> bytes:
    """Return a color profile of a display (ICC.1:2010) with its red, green and blue as XYZ, and a gamma of 2.2."""

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    text = name.encode("ascii") + b"\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * 79
    curve = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(2.2 * 256), 0)
    tags = {b"desc": description, b"wtpt": b"XYZ \0\0\0\0" + fixed(0.9642, 1.0, 0.8249)}
    for color, values in zip((b"r", b"g", b"b"), primaries, strict=True):
        tags |= {color + b"XYZ": b"XYZ \0\0\0\0" + fixed(*values), color + b"TRC": curve}
    table, data = struct.pack(">I", len(tags)), b""
    for tag, value in tags.items():
        table += tag + struct.pack(">II", 132 + 12 * len(tags) + len(data), len(value))
        data += value + b"\0" * (-len(value) % 4)
    size = struct.pack(">I", 128 + len(table) + len(data))
    head = size + b"lcms\x02\x40\0\0mntrRGB XYZ " + b"\0" * 12 + b"acsp" + b"\0" * 28
    head += fixed(0.9642, 1.0, 0.8249)
    return head + b"\0" * (128 - len(head)) + table + data


#: Those of Apple's screens, adapted to D50 (SMPTE EG 432-1; the values in Apple's own profile).
_DISPLAY_P3 = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_colors_of_telephones_become_those_of_the_web(kind: str) -> None:
    """A photo in Display P3 keeps its look: the same numbers would be paler in sRGB, so they change."""
    image = Pillow.new("RGB", (40, 20), (200, 60, 40))
    buffer = io.BytesIO()
    image.save(buffer, kind, icc_profile=_make_profile("Display P3", _DISPLAY_P3), quality=95)
    edition = with_picture(buffer.getvalue())
    again = open_part(edition)
    red, green, blue = again.convert("RGB").getpixel((5, 5))  # type: ignore[misc]

    assert "icc_profile" not in again.info
    assert "from the colors of Display P3 to sRGB" in find_changes(edition, "image.converted")
    assert red > 208 and green < 52 and blue < 34


def test_colors_of_print_become_those_of_screens() -> None:
    """A CMYK JPEG is sent in RGB."""
    edition = with_picture(picture("JPEG", mode="CMYK"))

    assert "RGB" == open_part(edition).mode
    assert "CMYK" in find_changes(edition, "image.converted")


def test_wide_gamut_becomes_srgb() -> None:
    """The colors of another profile are converted; sRGB stays as it is."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = photo(icc_profile=srgb)

    assert content == with_picture(content).images[0].content
    assert 1 == len(with_picture(photo(icc_profile=profile)).images)  # of no use for RGB
    assert 1 == len(with_picture(photo(icc_profile=b"no profile")).images)


def test_deep_colors_become_8_bits() -> None:
    """A gray PNG with 16 bits keeps its shades."""
    image = Pillow.new("I;16", (40, 20), 32768)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    edition = with_picture(buffer.getvalue())

    assert ("L", 127) == (open_part(edition).mode, open_part(edition).getpixel((1, 1)))
    assert "8 bits" in find_changes(edition, "image.converted")


def test_transparency_stays() -> None:
    """A large transparent image stays PNG."""
    image = Pillow.new("RGBA", (3000, 300), (10, 20, 30, 0))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")

    again = open_part(with_picture(buffer.getvalue()))
    assert ("PNG", "RGBA", 2 * MEASURE) == (again.format, again.mode, again.width)


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
    finding = find_left_out(render_sample(article(Figure(src="bell.png"))))

    assert "bell.png: local images need the article's file" in finding.message


def test_missing_image_leaves_no_caption() -> None:
    """A figure without a source leaves nothing behind, unless its caption refers to a note."""
    note = Note(number=1, label="1", blocks=(para("From the tower."),))
    source = article(
        Figure(src=None, alt="A bell", caption=inlines("The bell")),
        Figure(src=None, alt="A buoy"),
        Figure(src=None, alt="A tower", caption=(*inlines("The tower"), NoteRef(note=1))),
        notes=(note,),
    )
    page = Page(render_html(source))

    assert [] == page.root.all("img")
    assert ["The tower\u20601"] == [e.text().strip() for e in page.root.find_class("caption")]
    text = render_text(source)
    assert "The tower" in text
    assert not re.search("bell|buoy", text.partition("--")[0])


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


def test_missing_file_is_an_error_that_does_not_stop_the_render(tmp_path: Path) -> None:
    """The error names the file that was looked for; a name of any length."""
    finding = find_left_out(load_and_render(tmp_path, "no-bell.png"), "no-bell.png")

    assert Severity.ERROR is finding.severity
    assert f"{tmp_path}/letters/no-bell.png: image not found." in finding.message
    long = find_left_out(load_and_render(tmp_path, f"{'b' * 5000}.png"), "b" * 79)
    assert 300 > len(long.message)


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
    edition = load_and_render(root, src.format(absolute=secret))

    assert () == edition.images
    assert "the image is outside the project" in edition.findings[0].message


def test_images_are_converted_once(tmp_path: Path) -> None:
    """What is kept in the project's state is used again, and made again if it is damaged."""
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/bell.png").write_bytes(picture(size=(2000, 100)))
    first = load_and_render(tmp_path, "bell.png")
    kept = sorted((tmp_path / ".handbill/images").iterdir())
    times = [path.stat().st_mtime_ns for path in kept]

    assert [".json", ".png"] == [path.suffix for path in kept]
    assert first == load_and_render(tmp_path, "bell.png")
    assert times == [path.stat().st_mtime_ns for path in kept]
    kept[0].write_text("{}")
    assert first == load_and_render(tmp_path, "bell.png")
