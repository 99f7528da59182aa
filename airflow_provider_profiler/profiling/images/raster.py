"""Images of pixels. Their size is known before they are decoded, and bounds whether they are."""

import warnings
from typing import BinaryIO

import imagehash
from PIL import Image, ImageFile, UnidentifiedImageError

from airflow_provider_profiler.contract.content import ImageFacts
from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.formats import PIXEL_IMAGES
from airflow_provider_profiler.profiling.images.exif import exif_properties
from airflow_provider_profiler.profiling.isolation.reader import IsolatedReader
from airflow_provider_profiler.profiling.readers.content import Content
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile

#: Formats of the media types below; the library knows others, some of which run programs.
_FORMATS = ("AVIF", "BMP", "GIF", "ICO", "JPEG", "PNG", "TIFF", "WEBP")
#: A hash looks at 32 x 32 pixels: what JPEG can give in a fraction of its size need not be decoded whole.
_DRAFT = (256, 256)
_MOST_FRAMES = 10_000


class RasterReader(IsolatedReader):
    """Implements :class:`~airflow_provider_profiler.profiling.readers.content.ContentReader` for images of pixels."""

    name = "image"
    media_types = PIXEL_IMAGES

    def look(self, file: BinaryIO, path: str, reading: ReadingOptions) -> Content:
        """See :meth:`IsolatedReader.look`."""
        # The library's own bound is the option's; its warning at half of that would go nowhere.
        Image.MAX_IMAGE_PIXELS = None
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                with Image.open(file, formats=_FORMATS) as image:
                    facts = _facts(image, path, reading)
            except (TooMuchData, MemoryError):
                raise
            except UnidentifiedImageError as error:
                raise UnreadableFile(f"{path}: is no image of a format that is read here") from error
            except Exception as error:  # decoders raise whatever they stumble over
                why = " ".join(str(error).split())[:200] or type(error).__name__
                raise UnreadableFile(f"{path}: is an image that cannot be read: {why}") from error
        return Content(reading=Reading(reader=self.name), image=facts)


def _facts(image: Image.Image, path: str, reading: ReadingOptions) -> ImageFacts:
    width, height = image.size
    if width * height > reading.max_image_pixels:
        raise TooMuchData(
            f"{path}: has {width} x {height} pixels, more than the {reading.max_image_pixels} that the option "
            "reading.max_image_pixels allows"
        )
    image_format, mode = image.format or "", image.mode
    exif = exif_properties(image, positions=reading.exif_positions)
    notes = []
    frames = _frames(image)
    if frames > _MOST_FRAMES:
        notes.append(f"has more than {_MOST_FRAMES} frames")
    image.seek(0)
    return ImageFacts(
        format=image_format,
        width=width,
        height=height,
        mode=mode,
        frames=min(frames, _MOST_FRAMES),
        exif=exif,
        perceptual_hash=_hash(image),
        notes=tuple(notes),
    )


def _frames(image: Image.Image) -> int:
    """Frames of an animation or pages of a scan; one more than are counted where there are too many."""
    if not getattr(image, "is_animated", False):
        return 1
    if image.format in ("WEBP", "PNG", "AVIF"):  # tell it in their heads
        return int(getattr(image, "n_frames", 1))
    count = 0
    try:
        while count <= _MOST_FRAMES:
            image.seek(count)
            count += 1
    except EOFError:
        pass
    return max(count, 1)


def _hash(image: Image.Image) -> str:
    """The perceptual hash: which of the 64 lowest frequencies are above their median (Zauner 2010)."""
    image.draft("L", _DRAFT)
    image.load()
    # Transparent pixels have a colour that nobody sees; on white they look as on a page.
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        shown = Image.new("RGBA", seen.size, "white")
        shown.alpha_composite(seen)
        image = shown
    elif image.mode.startswith(("I", "F")):
        image = _as_grey(image)
    return str(imagehash.phash(image))


def _as_grey(image: Image.Image) -> Image.Image:
    """Numbers of any range as 256 shades of grey between their extremes."""
    small = image.convert("F").resize(_DRAFT)
    low, high = small.getextrema()
    span = (high - low) or 1  # type: ignore[operator]
    return small.point(lambda value: value * (255 / span) - low * (255 / span)).convert("L")  # type: ignore[operator]
