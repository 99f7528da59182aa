"""What a camera noted in an image (EXIF), without where it was unless that is asked for."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

from PIL import ExifTags, Image

from airflow_provider_profiler.contract.content import Property
from airflow_provider_profiler.contract.statistics import Scalar

_MOST_PROPERTIES = 200
_LONGEST = 200
_MOST_NUMBERS = 16
#: What holds other properties, or data of programs alone.
_LEFT_OUT = frozenset(
    {"ExifOffset", "GPSInfo", "InteropOffset", "MakerNote", "PrintImageMatching", "XMLPacket", "ImageResources",
     "InterColorProfile", "IPTCNAA", "JPEGThumbnail", "TileOffsets", "StripOffsets", "StripByteCounts",
     "TileByteCounts", "JpegIFByteCount", "JpegIFOffset"}
)  # fmt: skip


def exif_properties(image: Image.Image, *, positions: bool) -> tuple[Property, ...]:
    """The properties by their names in the standard, in the order of their numbers.

    :param positions: with those of the satellite navigation, whose names begin with ``GPS``.
    """
    try:
        exif = image.getexif()
        groups: list[tuple[dict[int, Any], dict[int, str]]] = [
            (dict(exif), ExifTags.TAGS),
            (exif.get_ifd(ExifTags.IFD.Exif), ExifTags.TAGS),
        ]
        if positions:
            groups.append((exif.get_ifd(ExifTags.IFD.GPSInfo), ExifTags.GPSTAGS))
    except Exception:  # damaged notes damage no image
        return ()
    found: dict[str, Scalar] = {}
    for values, names in groups:
        for name, value in _told(values, names):
            if len(found) < _MOST_PROPERTIES:
                found.setdefault(name, value)
    return tuple(Property(name=name, value=value) for name, value in found.items())


def _told(values: dict[int, Any], names: dict[int, str]) -> Iterator[tuple[str, Scalar]]:
    for number in sorted(values):
        name = names.get(number)
        # Programs copy positions into notes under numbers of their own, which have no name here.
        if name is None or name in _LEFT_OUT:
            continue
        value = _scalar(values[number])
        if value is not None and value != "":
            yield name, value


def _scalar(value: Any) -> Scalar | None:  # noqa: PLR0911  (a type each)
    if isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bytes):
        # The first eight bytes of a comment name its encoding.
        body = value[8:] if value[:8] in (b"ASCII\0\0\0", b"UNICODE\0", b"\0" * 8) else value
        text = _text(body.decode("ascii", "replace"))
        return None if "\ufffd" in text else text
    if isinstance(value, tuple | list):
        parts = [_scalar(part) for part in value[:_MOST_NUMBERS]]
        return ", ".join(str(part) for part in parts if part is not None)
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    if not isfinite(number):  # a camera's way to say that it does not know
        return None
    return int(number) if number.is_integer() else round(number, 9)


def _text(value: str) -> str:
    shown = "".join(character for character in value if character.isprintable())
    return shown.encode("utf-8", "replace").decode()[:_LONGEST].strip()
