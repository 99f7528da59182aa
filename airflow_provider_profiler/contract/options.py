"""How a dataset is to be profiled. Every option here is honoured by the engine; an unknown one is refused."""

import codecs
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.model import Model

MIB = 1024 * 1024
#: Text encodings of host names and of Python's own source; some take quadratic time over a long text.
_NOT_OF_FILES = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
#: Longer than any job lives, and still a duration that can be added to a date.
_LONGEST_DEADLINE = 1e9
#: In days; no file is older than a century.
_LONGEST_PERIOD = 36_525.0


class DiscoveryOptions(Model):
    """Which files of the dataset take part. What is left out is counted and named in a warning, never silent."""

    include: tuple[StrictStr, ...] = ()
    """Glob patterns on the path relative to the dataset; empty means everything."""
    exclude: tuple[StrictStr, ...] = ()
    """Glob patterns that win over ``include``."""
    max_file_size: Annotated[StrictInt, Field(gt=0)] | None = None
    """Bytes; larger files are listed with the reason ``too_large`` instead of profiled."""
    modified_since: AwareDatetime | None = None
    """Files last modified before this moment are left out."""
    extensions: Annotated[tuple[Annotated[StrictStr, Field(max_length=100)], ...], Field(max_length=1000)] = ()
    """Extensions of the files that take part, in upper or lower case, with or without the first dot: ``csv``,
    ``.parquet``, ``csv.gz``. Empty means all files."""
    modified_within_days: Annotated[float, Field(gt=0, le=_LONGEST_PERIOD, strict=True)] | None = None
    """Files last modified longer ago are left out, counted back from the moment that the profile bears."""
    checksum: StrictBool = True
    """Compute the sha256 of every file's content."""
    archives: StrictBool = True
    """Look into archives (ZIP and tar, compressed or not): each member is a file of the dataset."""
    max_archive_entries: Annotated[StrictInt, Field(ge=1, le=10_000_000)] = 100_000
    """Entries that one archive may have, those of archives in it included."""
    max_archive_depth: Annotated[StrictInt, Field(ge=1, le=10)] = 2
    """How deep archives may lie in each other to be looked into; 1: only those that are files of the dataset."""
    shards: Literal["auto", "off"] = "auto"
    """Take files that are parts of one table for one: names that differ in numbers or hashes, and folders such as
    ``year=2019``."""

    @field_validator("extensions")
    @classmethod
    def _bare_extensions(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        bare = tuple(extension.strip().removeprefix(".").lower() for extension in value)
        if any(not extension or "/" in extension for extension in bare):
            raise ValueError('must be extensions such as "csv" or "csv.gz"')
        return bare


class ReadingOptions(Model):
    """What the reader would otherwise find out by itself."""

    encoding: StrictStr | None = None
    """A Python codec name, for text formats."""
    languages: Annotated[tuple[Annotated[StrictStr, Field(max_length=200)], ...], Field(max_length=100)] = ()
    """Languages of the texts, by code or name (``el``, ``pt-BR``, ``Greek``), which count where the encoding has to be
    guessed; empty: those of the specification."""
    delimiter: Annotated[StrictStr, Field(min_length=1, max_length=1)] | None = None
    quote: Annotated[StrictStr, Field(max_length=1)] | None = None
    """The character that encloses cells of a delimited file; empty where none does."""
    escape: Annotated[StrictStr, Field(max_length=1)] | None = None
    """The character before one that is to be taken as it is; empty where quotes are doubled instead."""
    header: StrictBool | None = None
    """Whether the first line of a delimited file, or row of a sheet, names the columns."""
    skip_lines: Annotated[StrictInt, Field(ge=0, le=10_000)] | None = None
    """Lines at the start of a delimited file, or rows of each sheet, that are not looked at."""
    comment: Annotated[StrictStr, Field(max_length=8)] | None = None
    """What lines of a delimited file begin with that are no rows; empty where all lines are."""
    footer_lines: Annotated[StrictInt, Field(ge=0, le=1000)] | None = None
    """Lines at the end of a delimited file, or rows of each sheet, that are no rows of its table."""
    null_tokens: Annotated[tuple[StrictStr, ...], Field(max_length=100)] | None = None
    """Texts that stand for a missing value in every column of a delimited file."""
    max_decompressed_bytes: Annotated[StrictInt, Field(gt=0)] = 100 * 1024 * MIB
    """Bytes that the content of one compressed file may have; a file with more fails with the reason ``too_large``."""
    max_compression_ratio: Annotated[StrictInt, Field(ge=1)] = 500
    """How many times larger than the file its content may be, from 64 MiB of content on."""
    chunk_characters: Annotated[StrictInt, Field(ge=100, le=100_000)] = 1000
    """Characters of one passage of a document at most."""
    max_document_characters: Annotated[StrictInt, Field(ge=1)] = 2_000_000
    """Characters of a document's text that are looked at; the rest is left out, and the document says so."""
    max_document_bytes: Annotated[StrictInt, Field(ge=1)] = 256 * MIB
    """Bytes of a document or an image; a larger one fails with the reason ``too_large``. Plain text may be larger."""
    max_document_seconds: Annotated[StrictInt, Field(ge=1, le=86_400)] = 300
    """Seconds that reading one document or image may take; a slower one fails with the reason ``too_large``."""
    max_image_pixels: Annotated[StrictInt, Field(ge=1)] = 178_956_970
    """Pixels of one image, 512 MiB of them in colour; a larger one fails with the reason ``too_large``."""
    exif_positions: StrictBool = False
    """Tell where an image was taken, if its camera noted that."""

    @field_validator("encoding")
    @classmethod
    def _known_codec(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                name = codecs.lookup(value).name
                # Decoding refuses what is known but makes no text: a compression would unpack without a bound.
                b"    ".decode(value, "replace")
            except (LookupError, UnicodeError) as error:
                raise ValueError(f"{value!r} is not a known text encoding") from error
            if name in _NOT_OF_FILES:
                raise ValueError(f"{value!r} is no encoding that files are written in")
        return value

    @field_validator("delimiter")
    @classmethod
    def _can_separate(cls, value: str | None) -> str | None:
        if value is not None and (not value.isascii() or value in "\0\r\n\"'\\"):
            raise ValueError("must be one ASCII character, but no line end, quote, backslash or NUL")
        return value

    @field_validator("quote", "escape", "comment")
    @classmethod
    def _can_mark(cls, value: str | None) -> str | None:
        if value and (not value.isascii() or any(mark in value for mark in "\0\r\n")):
            raise ValueError("must be of ASCII characters, but no line end or NUL")
        return value

    @model_validator(mode="after")
    def _marks_differ(self) -> "ReadingOptions":
        marks = [mark for mark in (self.delimiter, self.quote, self.escape) if mark]
        if len(set(marks)) < len(marks):
            raise ValueError("delimiter, quote and escape must be different characters")
        if self.comment and self.comment[0] in (self.quote or '"', self.delimiter or ""):
            raise ValueError("comment must not begin with the delimiter or the quote")
        return self


#: A name or a pattern of one; longer ones are no names of columns.
ColumnPattern = Annotated[StrictStr, Field(min_length=1, max_length=1000)]


class SelectionOptions(Model):
    """Which columns of each table are profiled, and which of its rows are meant.

    What does not apply to a table of a dataset is told in a warning; what applies to none of them is an error.
    """

    columns: Annotated[tuple[ColumnPattern, ...], Field(max_length=10_000)] = ()
    """Names of columns, or patterns of names with ``*``, ``?`` and ``[...]``; empty means every column."""
    exclude_columns: Annotated[tuple[ColumnPattern, ...], Field(max_length=10_000)] = ()
    """Names or patterns that win over ``columns``."""
    where: Annotated[StrictStr, Field(max_length=10_000)] | None = None
    """A condition in SQL that a row must fulfil: comparisons, ``AND``, ``OR``, ``NOT``, ``IN``, ``BETWEEN``, ``LIKE``
    and ``IS NULL`` over columns and literals, and nothing else."""

    @field_validator("where")
    @classmethod
    def _says_something(cls, value: str | None) -> str | None:
        if value is not None and (not value.strip() or "\0" in value):
            raise ValueError("must be a condition such as \"price > 10 AND port = 'Syros'\", or be left out")
        return value


class SamplingOptions(Model):
    """How many of the rows that ``selection`` means are profiled, and which.

    The choice depends on the position of the rows and on the seed alone: never on the number of workers, nor on how the
    work is cut.
    """

    method: Literal["full", "head", "random", "nth", "percent"] = "full"
    """All rows; the first ``rows``; ``rows`` drawn at random; every ``n``-th; ``percent`` per cent drawn at random."""
    rows: Annotated[StrictInt, Field(ge=1)] | None = None
    """Rows of a table that ``head`` and ``random`` take; all of them where it has fewer."""
    n: Annotated[StrictInt, Field(ge=1)] | None = None
    """``nth`` takes the rows 1, n + 1, 2n + 1 and so on."""
    percent: Annotated[float, Field(gt=0, le=100, strict=True)] | None = None
    """Share of the rows that ``percent`` draws, rounded to whole rows."""
    seed: Annotated[StrictInt, Field(ge=0, lt=2**63)] = 0
    """Of ``random`` and ``percent``: another seed draws other rows."""
    row_limit: Annotated[StrictInt, Field(ge=1)] | None = None
    """At most so many rows of each table are profiled, by any method: of rows drawn at random fewer are drawn, of the
    others the first ones are taken."""

    @model_validator(mode="after")
    def _parameters_fit_the_method(self) -> "SamplingOptions":
        needed = {"head": "rows", "random": "rows", "nth": "n", "percent": "percent"}.get(self.method)
        given = [name for name in ("rows", "n", "percent") if getattr(self, name) is not None]
        if needed is not None and needed not in given:
            raise ValueError(f"the method {self.method!r} needs {needed!r}, for example {_EXAMPLES[needed]}")
        if others := [name for name in given if name != needed]:
            raise ValueError(f"{others[0]!r} has no meaning for the method {self.method!r}; leave it out")
        return self


_EXAMPLES = {"rows": '"rows": 10000', "n": '"n": 10', "percent": '"percent": 5'}


class StatisticsOptions(Model):
    """What is computed of every column."""

    infer_types: StrictBool = True
    """Find the type of text columns by votes over all rows; off, they stay text."""
    top_values: Annotated[StrictInt, Field(ge=0, le=1000)] = 10
    exact_values: Annotated[StrictInt, Field(ge=16, le=1_000_000)] = 32_768
    """Distinct values a column may have before its table overflows into sketches."""
    sample_values: Annotated[StrictInt, Field(ge=0, le=100)] = 5
    correlations: Literal["none", "pearson", "spearman", "both"] = "none"
    """Between the numeric columns of each table, of which there may be 100; the work grows with the square of that."""
    duplicate_rows: StrictBool = True
    """Count the rows that repeat another one, from a hash of every row."""


#: A name or a pattern of one: no database has longer ones.
TablePattern = Annotated[StrictStr, Field(min_length=1, max_length=1000)]


class DatabaseOptions(Model):
    """Which tables of the databases take part, and what reading them may take."""

    schemas: Annotated[tuple[TablePattern, ...], Field(max_length=10_000)] = ()
    """Names of schemas, or patterns of names with ``*``, ``?`` and ``[...]``; empty means all but the system's own."""
    include_tables: Annotated[tuple[TablePattern, ...], Field(max_length=10_000)] = ()
    """Names or patterns of tables, with or without their schema: ``orders``, ``sales.*``; empty means all."""
    exclude_tables: Annotated[tuple[TablePattern, ...], Field(max_length=10_000)] = ()
    """Names or patterns that win over ``include_tables``."""
    views: StrictBool = True
    """Read the rows of views; off, views are listed with their columns."""
    foreign_tables: StrictBool = False
    """Read the rows of foreign tables, for which the database itself connects to another server."""
    statement_timeout_seconds: Annotated[float, Field(gt=0, le=1_000_000, strict=True)] = 3600.0
    """Seconds after which the server gives a statement up: the table fails with the reason ``timed_out``."""
    lock_timeout_seconds: Annotated[float, Field(gt=0, le=1_000_000, strict=True)] = 10.0
    """Seconds that a statement waits for a table that another session holds."""
    tables_per_task: Annotated[StrictInt, Field(ge=1)] | None = None
    """Tables that share one task of a cluster at most. None: as many as are small."""


class ExecutionOptions(Model):
    """How the work is cut and when it is given up. Nothing here may change a result's meaning."""

    partition_bytes: Annotated[StrictInt, Field(ge=64 * 1024, le=1024 * MIB)] = 16 * MIB
    """Bytes of one unit of work; of a text of over 256 columns more in proportion. The plan, and the sketches' bytes,
    depend on it and on the input alone."""
    columns_per_task: Annotated[StrictInt, Field(ge=1)] | None = None
    """Columns that one unit of work handles at most, so that several workers share a wide table or one large row group.
    None: all of them. The result is the same whatever it is."""
    max_workers: Annotated[StrictInt, Field(ge=1, le=1024)] | None = None
    """Units of work that run at a time. None: as many as there are processors; never more than an operator allows."""
    deadline_seconds: Annotated[float, Field(gt=0, le=_LONGEST_DEADLINE, strict=True)] | None = None
    """Seconds from start after which the job fails with the reason ``deadline``."""
    continue_on_error: StrictBool = True
    """Go on when a file cannot be read; off, the job fails at the first one with the reason ``file_failed``."""


class OutputOptions(Model):
    """What is written beside the documents."""

    parquet_mirror: StrictBool = False
    """Write the rows of every table as a typed Parquet file, so that readers of Croissant load each of them."""


class ProfileOptions(Model):
    """All options of one profile, by section."""

    discovery: DiscoveryOptions = DiscoveryOptions()
    reading: ReadingOptions = ReadingOptions()
    selection: SelectionOptions = SelectionOptions()
    sampling: SamplingOptions = SamplingOptions()
    statistics: StatisticsOptions = StatisticsOptions()
    databases: DatabaseOptions = DatabaseOptions()
    execution: ExecutionOptions = ExecutionOptions()
    output: OutputOptions = OutputOptions()


def read_options(given: ProfileOptions | Mapping[str, Any] | None) -> ProfileOptions:
    """The options that a person wrote by section, or the defaults.

    :raises InvalidRequest: with one line for each option that is unknown or does not fit.
    """
    if given is None:
        return ProfileOptions()
    if isinstance(given, ProfileOptions):
        return given
    try:
        return ProfileOptions.model_validate(dict(given))
    except ValidationError as error:
        problems = [
            (".".join(str(part) for part in item["loc"]) or "options", item["msg"].removeprefix("Value error, "))
            for item in error.errors(include_url=False, include_input=False)
        ]
        lines = "".join(f"\n  - {place}: {message}" for place, message in problems)
        raise InvalidRequest(f"The options are not valid:{lines}") from None
    except (TypeError, ValueError):
        raise InvalidRequest(
            "The options are not valid: give them by section, for example "
            '{"sampling": {"method": "head", "rows": 1000}}.'
        ) from None
