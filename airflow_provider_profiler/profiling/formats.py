"""Media types by file name: a table of our own, for the machine's MIME database differs from host to host."""

CSV = "text/csv"
TSV = "text/tab-separated-values"
PARQUET = "application/x-parquet"
JSON_LINES = "application/jsonlines"
JSON = "application/json"
GEOJSON = "application/geo+json"
AVRO = "application/avro"
ORC = "application/x-orc"
ARROW_FILE = "application/vnd.apache.arrow.file"
ARROW_STREAM = "application/vnd.apache.arrow.stream"
GZIP = "application/gzip"
ZSTD = "application/zstd"
PLAIN_TEXT = "text/plain"
MARKDOWN = "text/markdown"
RST = "text/x-rst"
HTML = "text/html"
XHTML = "application/xhtml+xml"
PDF = "application/pdf"
NOTEBOOK = "application/x-ipynb+json"
SVG = "image/svg+xml"
SQL = "text/sql"
#: A table that lies in memory; no file is of this type.
ARROW_TABLE = "application/vnd.apache.arrow.table"
#: Tables of databases; no files are of these types either.
POSTGRESQL_TABLE = "application/vnd.postgresql.table"
MYSQL_TABLE = "application/vnd.mysql.table"
UNKNOWN = "application/octet-stream"
FOLDER = "inode/directory"

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
DOCX = f"{_OFFICE}.wordprocessingml.document"
PPTX = f"{_OFFICE}.presentationml.presentation"

#: By lower-case extension. Names that Croissant's readers know win over registered synonyms.
MEDIA_TYPES = {
    # tables and records
    "csv": CSV,
    "psv": CSV,
    "ssv": CSV,
    "tsv": TSV,
    "tab": TSV,
    "parquet": PARQUET,
    "pq": PARQUET,
    "avro": AVRO,
    "orc": ORC,
    "arrow": ARROW_FILE,
    "feather": ARROW_FILE,
    "ipc": ARROW_FILE,
    "arrows": ARROW_STREAM,
    "json": JSON,
    "jsonl": JSON_LINES,
    "ndjson": JSON_LINES,
    "geojson": GEOJSON,
    "xls": "application/vnd.ms-excel",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "ods": f"{_OPEN_DOCUMENT}.spreadsheet",
    "sqlite": "application/vnd.sqlite3",
    "sqlite3": "application/vnd.sqlite3",
    "db": "application/vnd.sqlite3",
    "duckdb": "application/vnd.duckdb",
    "ddb": "application/vnd.duckdb",
    "hdf5": "application/x-hdf5",
    "h5": "application/x-hdf5",
    "nc": "application/netcdf",
    "npy": "application/x-npy",
    "npz": "application/x-npz",
    "sav": "application/x-spss-sav",
    "dta": "application/x-stata-dta",
    "rds": "application/x-rds",
    "shp": "application/vnd.shp",
    "dbf": "application/vnd.dbf",
    "gpkg": "application/geopackage+sqlite3",
    # documents
    "pdf": PDF,
    "doc": "application/msword",
    "docx": DOCX,
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": PPTX,
    "odt": f"{_OPEN_DOCUMENT}.text",
    "odp": f"{_OPEN_DOCUMENT}.presentation",
    "rtf": "application/rtf",
    "epub": "application/epub+zip",
    "tex": "application/x-tex",
    "bib": "application/x-bibtex",
    "ipynb": NOTEBOOK,
    "html": HTML,
    "htm": HTML,
    "xhtml": XHTML,
    "md": MARKDOWN,
    "markdown": MARKDOWN,
    "rst": RST,
    "log": PLAIN_TEXT,
    # structure and code
    "sql": SQL,
    "xml": "application/xml",
    "xsd": "application/xml",
    "rdf": "application/rdf+xml",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "toml": "application/toml",
    "ini": PLAIN_TEXT,
    "cfg": PLAIN_TEXT,
    "py": "text/x-python",
    "r": "text/x-r",
    "js": "text/javascript",
    "css": "text/css",
    "sh": "application/x-sh",
    # images
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "svg": SVG,
    "webp": "image/webp",
    "bmp": "image/bmp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "ico": "image/vnd.microsoft.icon",
    "heic": "image/heic",
    "avif": "image/avif",
    # sound and film
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "avi": "video/x-msvideo",
    "mkv": "video/x-matroska",
    "webm": "video/webm",
    # archives
    "zip": "application/zip",
    "gz": GZIP,
    "tgz": GZIP,
    "bz2": "application/x-bzip2",
    "xz": "application/x-xz",
    "zst": ZSTD,
    "tar": "application/x-tar",
    "7z": "application/x-7z-compressed",
    "rar": "application/vnd.rar",
    # models
    "pkl": "application/x-pickle",
    "pickle": "application/x-pickle",
    "onnx": "application/x-onnx",
    "safetensors": "application/x-safetensors",
}

#: Images of pixels that are read.
PIXEL_IMAGES = frozenset(
    MEDIA_TYPES[extension] for extension in ("avif", "bmp", "gif", "ico", "jpg", "png", "tiff", "webp")
)

#: Files of these hold tables or records: each stands for itself and never in a set of files.
TABULAR = frozenset(
    {
        CSV,
        TSV,
        PARQUET,
        SQL,
        *(
            MEDIA_TYPES[extension]
            for extension in (
                *("avro", "orc", "arrow", "arrows", "json", "jsonl", "geojson", "xls", "xlsb", "xlsm", "xlsx", "ods"),
                *("sqlite", "duckdb", "hdf5", "nc", "npy", "npz", "sav", "dta", "rds", "shp", "dbf", "gpkg"),
            )
        ),
    }
)


#: Formats of one compressed stream: what is in them goes by the name without the extension.
COMPRESSED = frozenset({GZIP, ZSTD})
_COMPRESSED_EXTENSIONS = frozenset({"gz", "zst"})


def extension_of(name: str) -> str:
    """The lower-case extension of a file's name without its dot; ``""`` where it has none (``.gitignore``)."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem else ""


def stem_of(name: str) -> str:
    """A file's name without its extension: cut at the last dot alone, so ``a.b.csv`` is ``a.b``.

    A compressed file also loses the extension of what is in it, where that is a known one: ``a.b.csv.gz`` is ``a.b``.
    """
    inner = inner_name(name)
    if inner != name and extension_of(inner) not in MEDIA_TYPES:
        return inner
    stem, dot, _ = inner.rpartition(".")
    return stem if dot and stem else inner


def inner_name(name: str) -> str:
    """The name that a compressed file's content has: ``a.csv`` of ``a.csv.gz``. Other names stay as they are."""
    return name[: -len(extension_of(name)) - 1] if extension_of(name) in _COMPRESSED_EXTENSIONS else name


def holds_tables(name: str, media_type: str) -> bool:
    """Whether a file holds tables or records, be it compressed or not."""
    if media_type in COMPRESSED:
        return media_type_of(inner_name(name)) in TABULAR
    return media_type in TABULAR


def media_type_of(name: str) -> str | None:
    """The media type that a file's name promises, or None where only the content can tell."""
    return MEDIA_TYPES.get(extension_of(name))
