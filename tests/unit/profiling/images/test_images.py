"""Images: size, notes of cameras without positions, and a hash of how they look."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import ExifTags, Image, ImageChops

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile
from airflow_provider_profiler.profiling.readers.registry import content_reader_named


def read(content: bytes, name: str = "image", **options: Any) -> Any:
    reader: Any = content_reader_named(name)
    found = reader.look(io.BytesIO(content), "folder/file", ReadingOptions(**options)).image
    assert found is not None
    return found


def saved(image: Image.Image, form: str, **more: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, form, **more)
    return target.getvalue()


def gradient(width: int = 120, height: int = 80) -> Image.Image:
    return Image.linear_gradient("L").rotate(30).resize((width, height)).convert("RGB")


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        *(("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
        *(("JPEG", mode) for mode in ("L", "RGB", "CMYK")),
        *(("TIFF", mode) for mode in ("1", "L", "RGB", "CMYK", "F")),
        *(("GIF", "P"), ("WEBP", "RGB"), ("BMP", "RGB"), ("ICO", "RGBA"), ("AVIF", "RGB")),
    ],
)
def test_formats_and_modes(form: str, mode: str) -> None:
    image = (
        gradient(64, 48).convert("L").convert("I").convert(mode) if mode == "I;16" else gradient(64, 48).convert(mode)
    )
    found = read(saved(image, form, **({"sizes": [(64, 48)]} if form == "ICO" else {})))
    assert (found.format, found.width, found.height, found.mode, found.frames) == (form, 64, 48, mode, 1)
    assert found.perceptual_hash is not None
    assert len(found.perceptual_hash) == 16


def bits(first: str, second: str) -> int:
    return (int(first, 16) ^ int(second, 16)).bit_count()


def test_images_that_look_alike_have_hashes_alike() -> None:
    circles = ImageChops.difference(Image.radial_gradient("L"), Image.linear_gradient("L").rotate(20))
    picture = circles.resize((400, 300))
    large, small = read(saved(picture, "PNG")), read(saved(picture.resize((200, 150)), "JPEG", quality=40))
    other = read(saved(gradient(400, 300), "PNG"))
    assert bits(large.perceptual_hash, small.perceptual_hash) <= 6
    assert bits(large.perceptual_hash, other.perceptual_hash) > 15


def test_frames_are_counted() -> None:
    frames = [Image.new("RGB", (20, 10), (40 * number, 0, 0)) for number in range(5)]
    for form in ("GIF", "WEBP", "TIFF"):
        found = read(saved(frames[0], form, save_all=True, append_images=frames[1:]))
        assert found.frames == 5, form


def test_positions_are_told_only_where_they_are_asked_for() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Nereid"
    exif.get_ifd(ExifTags.IFD.Exif).update({ExifTags.Base.FNumber: 2.8, ExifTags.Base.MakerNote: b"secret"})
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (37.0, 56.0, 30.5)}
    )
    content = saved(gradient(), "JPEG", exif=exif)
    plain = {item.name: item.value for item in read(content).exif}
    assert plain == {"Make": "Nereid", "FNumber": 2.8}
    asked = {item.name: item.value for item in read(content, exif_positions=True).exif}
    assert asked == plain | {"GPSLatitudeRef": "N", "GPSLatitude": "37, 56, 30.5"}


def chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    with pytest.raises(TooMuchData, match=r"60000 x 60000 pixels, more than the \d+ that the option reading.max_image"):
        read(content)
    with pytest.raises(TooMuchData):
        read(saved(gradient(101, 100), "PNG"), max_image_pixels=10_000)


def test_damaged_images_are_said_to_be() -> None:
    content = saved(Image.effect_noise((300, 200), 50), "JPEG")
    with pytest.raises(UnreadableFile, match=r"folder/file: is an image that cannot be read: .*truncated"):
        read(content[: len(content) // 2])
    for nothing in (b"", b"hello", b"\x89PNG\r\n\x1a\n"):
        with pytest.raises(UnreadableFile):
            read(nothing)


SVG = '<svg xmlns="http://www.w3.org/2000/svg" {}><rect/></svg>'


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="120" height="80.4px"', (120, 80)),
        ('width="1in" height="2.54cm"', (96, 96)),
        ('width="100%" viewBox="0 0 20 10"', (20, 10)),
        ('width="40" viewBox="0,0,20,10"', (40, 20)),
        ('height="40" viewBox="0 0 20 10"', (80, 40)),
        ('width="40" viewBox="0 0 0 0"', (40, 150)),
    ],
)
def test_sizes_of_drawings(attributes: str, size: tuple[int, int]) -> None:
    found = read(SVG.format(attributes).encode(), "svg")
    assert (found.width, found.height, found.mode, found.perceptual_hash) == (*size, "vector", None)
    assert bool(found.notes) == (size[1] == 150)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('<!DOCTYPE svg [<!ENTITY a "ha">]>' + SVG.format("id='&a;'"), "declares the entity 'a'"),
        ('<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>', "declares the entity 'a'"),
        ("<html/>", "no SVG: its first element is 'html'"),
        ("<svg><g></svg>", "mismatched tag in line 1"),
        ("", "no element found"),
    ],
)
def test_drawings_that_are_refused(content: str, why: str) -> None:
    with pytest.raises(UnreadableFile, match=why):
        read(content.encode(), "svg")
    doctype = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    assert read((doctype + SVG.format('width="9" height="9"')).encode(), "svg").width == 9
