"""Which reader reads what. Readers are imported when the first file asks for them: not every one is installed."""

import importlib
from dataclasses import dataclass
from typing import cast

from airflow_provider_profiler.profiling.formats import (
    ARROW_FILE,
    ARROW_STREAM,
    ARROW_TABLE,
    AVRO,
    CSV,
    DOCX,
    GEOJSON,
    GZIP,
    HTML,
    JSON,
    JSON_LINES,
    MARKDOWN,
    MEDIA_TYPES,
    MYSQL_TABLE,
    NOTEBOOK,
    ORC,
    PARQUET,
    PDF,
    PIXEL_IMAGES,
    PLAIN_TEXT,
    POSTGRESQL_TABLE,
    PPTX,
    RST,
    SVG,
    TSV,
    XHTML,
    ZSTD,
)
from airflow_provider_profiler.profiling.readers.content import ContentReader
from airflow_provider_profiler.profiling.readers.reader import Reader


class ReaderNotInstalled(Exception):
    """There is a reader for the format, but a library that it needs is missing."""


@dataclass(frozen=True)
class ReaderEntry:
    """Where a reader lies, and what it takes."""

    name: str
    module: str
    """Below the room of the engine."""
    class_name: str
    media_types: frozenset[str]
    extra: str
    """The extra of the distribution that installs what the reader needs."""
    tabular: bool = True
    """Whether it finds tables; else it makes facts of a whole file, as a :class:`ContentReader`."""

    def load(self) -> Reader | ContentReader:
        """Import the reader.

        :raises ReaderNotInstalled: naming the extra.
        """
        try:
            module = importlib.import_module(f"{_ENGINE}.{self.module}")
        except ImportError as error:
            raise ReaderNotInstalled(
                f"its reader needs the library {error.name!r}, which is not installed: "
                f"pip install 'airflow-provider-profiler[{self.extra}]'"
            ) from error
        return cast(Reader | ContentReader, getattr(module, self.class_name)())


_ENGINE = "airflow_provider_profiler.profiling"


def _content(name: str, module: str, class_name: str, *media_types: str) -> ReaderEntry:
    return ReaderEntry(name, module, class_name, frozenset(media_types), "documents", tabular=False)


READERS: tuple[ReaderEntry, ...] = (
    ReaderEntry("delimited", "readers.delimited", "DelimitedReader", frozenset({CSV, TSV}), "engine"),
    ReaderEntry("json_lines", "readers.json_lines", "JsonLinesReader", frozenset({JSON_LINES}), "engine"),
    ReaderEntry("json", "readers.json_document", "JsonReader", frozenset({JSON, GEOJSON}), "engine"),
    ReaderEntry("orc", "readers.orc", "OrcReader", frozenset({ORC}), "engine"),
    ReaderEntry("arrow", "readers.arrow", "ArrowReader", frozenset({ARROW_FILE, ARROW_STREAM}), "engine"),
    ReaderEntry("avro", "readers.avro", "AvroReader", frozenset({AVRO}), "engine"),
    ReaderEntry("compressed", "readers.compressed", "CompressedReader", frozenset({GZIP, ZSTD}), "engine"),
    ReaderEntry("keyed", "shards.keyed", "KeyedReader", frozenset(), "engine"),
    ReaderEntry("parquet", "readers.parquet", "ParquetReader", frozenset({PARQUET}), "engine"),
    ReaderEntry(
        "spreadsheets",
        "readers.spreadsheets",
        "SpreadsheetReader",
        frozenset(MEDIA_TYPES[extension] for extension in ("xls", "xlsx", "xlsm", "xlsb", "ods")),
        "spreadsheets",
    ),
    ReaderEntry(
        "postgresql", "databases.postgres_reading", "PostgresReader", frozenset({POSTGRESQL_TABLE}), "databases"
    ),
    ReaderEntry("mysql", "databases.mysql_reading", "MysqlReader", frozenset({MYSQL_TABLE}), "databases"),
    _content("plain_text", "documents.plain_text", "PlainTextReader", PLAIN_TEXT),
    _content("restructured_text", "documents.plain_text", "RestructuredTextReader", RST),
    _content("markdown", "documents.markdown", "MarkdownReader", MARKDOWN),
    _content("html", "documents.html", "HtmlReader", HTML, XHTML),
    _content("pdf", "documents.pdf", "PdfReader", PDF),
    _content("docx", "documents.word", "WordReader", DOCX),
    _content("pptx", "documents.slides", "SlidesReader", PPTX),
    _content("notebook", "documents.notebook", "NotebookReader", NOTEBOOK),
    _content("image", "images.raster", "RasterReader", *PIXEL_IMAGES),
    _content("svg", "images.vector", "VectorReader", SVG),
    ReaderEntry(
        "sqlite",
        "readers.sqlite_reader",
        "SqliteReader",
        frozenset({MEDIA_TYPES["sqlite"], MEDIA_TYPES["gpkg"]}),
        "engine",
    ),
    ReaderEntry("duckdb", "readers.duckdb_reader", "DuckdbReader", frozenset({MEDIA_TYPES["duckdb"]}), "databases"),
    ReaderEntry("memory", "readers.memory", "MemoryReader", frozenset({ARROW_TABLE}), "engine"),
)


def entry_for(media_type: str) -> ReaderEntry | None:
    """The reader of a media type, or None where there is none."""
    return next((entry for entry in READERS if media_type in entry.media_types), None)


def reader_named(name: str) -> Reader:
    """The reader of tables of a name, as tasks carry it.

    :raises ReaderNotInstalled: naming the extra.
    """
    return cast(Reader, _named(name).load())


def content_reader_named(name: str) -> ContentReader:
    """The reader of documents or images of a name.

    :raises ReaderNotInstalled: naming the extra.
    """
    return cast(ContentReader, _named(name).load())


def _named(name: str) -> ReaderEntry:
    return next(entry for entry in READERS if entry.name == name)
