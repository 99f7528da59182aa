"""What the first bytes of a file say it is, whatever its name says."""

import re
from typing import BinaryIO

from airflow_provider_profiler.profiling.archives.zip_directory import DamagedDirectory, zip_names
from airflow_provider_profiler.profiling.formats import MEDIA_TYPES, PARQUET

ZIP = MEDIA_TYPES["zip"]
TAR = MEDIA_TYPES["tar"]
_OLE = "application/x-ole-storage"
_HDF5 = MEDIA_TYPES["hdf5"]
_MP4 = MEDIA_TYPES["mp4"]

#: Beginnings that no text has.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", MEDIA_TYPES["pdf"]),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\x1f\x8b\x08", MEDIA_TYPES["gz"]),
    (b"\x28\xb5\x2f\xfd", MEDIA_TYPES["zst"]),
    (b"\xfd7zXZ\x00", MEDIA_TYPES["xz"]),
    (b"7z\xbc\xaf\x27\x1c", MEDIA_TYPES["7z"]),
    (b"Rar!\x1a\x07", MEDIA_TYPES["rar"]),
    (b"SQLite format 3\x00", MEDIA_TYPES["sqlite"]),
    (b"Obj\x01", MEDIA_TYPES["avro"]),
    (b"ARROW1\x00\x00", MEDIA_TYPES["arrow"]),
    (b"\x89HDF\r\n\x1a\n", _HDF5),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (b"\x93NUMPY", MEDIA_TYPES["npy"]),
    (b"\x89PNG", MEDIA_TYPES["png"]),
    (b"\xff\xd8\xff", MEDIA_TYPES["jpg"]),
    (b"GIF87a", MEDIA_TYPES["gif"]),
    (b"GIF89a", MEDIA_TYPES["gif"]),
    (b"II*\x00", MEDIA_TYPES["tiff"]),
    (b"MM\x00*", MEDIA_TYPES["tiff"]),
    (b"fLaC\x00", MEDIA_TYPES["flac"]),
    (b"OggS\x00", MEDIA_TYPES["ogg"]),
)
#: Beginnings that are letters too: they count only where bytes follow that no text has.
_LETTERS: tuple[tuple[bytes, str], ...] = ((b"PAR1", PARQUET), (b"ORC", MEDIA_TYPES["orc"]))
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
#: Formats that are kept in a container of another format: their files begin as the container does.
_CONTAINED: dict[str, frozenset[str]] = {
    ZIP: frozenset(
        MEDIA_TYPES[name] for name in ("xlsx", "xlsm", "xlsb", "docx", "pptx", "ods", "odt", "odp", "epub", "npz")
    ),
    _OLE: frozenset(MEDIA_TYPES[name] for name in ("xls", "doc", "ppt")),
    MEDIA_TYPES["sqlite"]: frozenset({MEDIA_TYPES["gpkg"]}),
    _HDF5: frozenset({MEDIA_TYPES["nc"]}),
    MEDIA_TYPES["gz"]: frozenset({MEDIA_TYPES["rds"], MEDIA_TYPES["pkl"], MEDIA_TYPES["dta"]}),
    _MP4: frozenset(MEDIA_TYPES[name] for name in ("mp4", "m4a", "mov", "heic")),
    MEDIA_TYPES["tiff"]: frozenset({MEDIA_TYPES["tif"]}),
}
#: Containers whose content tells more than their beginning.
OPEN_CONTAINERS = frozenset({ZIP, _OLE})
#: By the first folder or file in an Office document.
_OFFICE = (
    ("xl/workbook.bin", "xlsb"),
    ("xl/vbaProject.bin", "xlsm"),
    ("xl/", "xlsx"),
    ("word/", "docx"),
    ("ppt/", "pptx"),
)
#: Names of streams in older Office documents.
_OLE_STREAMS = (("Workbook", "xls"), ("Book", "xls"), ("WordDocument", "doc"), ("PowerPoint Document", "ppt"))
#: The stream of an Office document of today that is encrypted: then it lies in such a file too.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SPREADSHEETS = frozenset({MEDIA_TYPES["xlsx"], MEDIA_TYPES["xlsm"]})
_MIMETYPE = re.compile(rb"PK\x03\x04.{26}mimetype(?:.{0,64}?)(application/[a-z0-9.+-]+)", re.DOTALL)

#: Formats whose files begin with bytes of their own: one that begins as text is not of them.
SIGNED = frozenset(
    {media_type for _, media_type in (*_SIGNATURES, *_LETTERS)}
    | {media_type for members in _CONTAINED.values() for media_type in members}
    | {MEDIA_TYPES["bz2"]}
) - {MEDIA_TYPES["pkl"], MEDIA_TYPES["dta"], MEDIA_TYPES["rds"]}


def signed_type(head: bytes) -> str | None:
    """The media type that the first bytes prove, None where they prove none.

    :param head: as many as there are, up to a few kilobytes.
    """
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    for signature, media_type in _LETTERS:
        if head.startswith(signature) and _CONTROLS.search(head, len(signature), 64):
            return media_type
    inside = {
        MEDIA_TYPES["bz2"]: _BZIP2.match(head) is not None,
        TAR: head[257:262] == b"ustar" and head[262:263] in (b"\0", b" "),
        _MP4: head[4:8] == b"ftyp" and head[:1] == b"\0",
        MEDIA_TYPES["webp"]: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
        MEDIA_TYPES["wav"]: head[:4] == b"RIFF" and head[8:12] == b"WAVE",
        MEDIA_TYPES.get("duckdb"): head[8:12] == b"DUCK",
    }
    return next((media_type for media_type, holds in inside.items() if holds), None)


def content_type(declared: str, signed: str, head: bytes, file: BinaryIO) -> str:
    """The media type of a file that begins with a signature.

    :param declared: the media type that its name promises, or ``""``.
    :param signed: what :func:`signed_type` found.
    :param file: is read where the beginning leaves open what it is.
    :return: what is declared, unless the content contradicts it.
    """
    inner = _CONTAINED.get(signed, frozenset())
    if signed not in OPEN_CONTAINERS:
        return declared if declared in inner else signed
    found = _zip_type(head, file) if signed == ZIP else _ole_type(head, file)
    if signed == _OLE and declared in _CONTAINED[ZIP] and _ENCRYPTED in _ole_names(head, file):
        return declared  # encrypted: its reader says so
    if declared in inner and (found is None or {declared, found} <= _SPREADSHEETS or declared == MEDIA_TYPES["npz"]):
        return declared
    return found or signed


def _zip_type(head: bytes, file: BinaryIO) -> str | None:
    """Which format a ZIP file is of by its entries; None where it cannot be told."""
    if (stated := _MIMETYPE.match(head)) and stated[1].decode() in _CONTAINED[ZIP]:
        return stated[1].decode()
    try:
        names = zip_names(file)
    except DamagedDirectory:
        return None
    if "[Content_Types].xml" in names:
        for beginning, extension in _OFFICE:
            if any(name.startswith(beginning) for name in names):
                return MEDIA_TYPES[extension]
    return ZIP


def _ole_type(head: bytes, file: BinaryIO) -> str | None:
    """Which format an OLE file is of by the names of its streams."""
    names = _ole_names(head, file)
    return next((MEDIA_TYPES[kind] for name, kind in _OLE_STREAMS if name.encode("utf-16-le") in names), None)


def _ole_names(head: bytes, file: BinaryIO) -> bytes:
    """What holds the names of an OLE file's streams, in UTF-16: the sector that its head names."""
    shift = int.from_bytes(head[30:32], "little")
    sector = int.from_bytes(head[48:52], "little")
    if shift not in (9, 12) or sector > 1 << 28:
        return b""
    file.seek((sector + 1) << shift)
    return file.read(1 << 12)
