"""The one profile model: what the engine returns, ``profile.json`` holds, and every rendering is a function of."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime

from airflow_provider_profiler.contract.content import DocumentFacts, ImageFacts
from airflow_provider_profiler.contract.database import DatabaseFacts
from airflow_provider_profiler.contract.hashes import content_hash, schema_hash
from airflow_provider_profiler.contract.job import JobSummary, JobWarning
from airflow_provider_profiler.contract.model import Model, document_json, dumped_parts
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.contract.statistics import Accuracy, ColumnStatistics, Correlation, Method, Scalar


class DataType(StrEnum):
    """A field's type, in the vocabulary of Croissant."""

    TEXT = "sc:Text"
    INTEGER = "sc:Integer"
    FLOAT = "sc:Float"
    BOOLEAN = "sc:Boolean"
    DATE = "sc:Date"
    DATE_TIME = "sc:DateTime"
    TIME = "sc:Time"

    @property
    def word(self) -> str:
        """The name without the prefix of its vocabulary, for people."""
        return self.value.removeprefix("sc:")


class DistributionKind(StrEnum):
    """What a distribution is."""

    FILE = "file"
    FILE_SET = "file_set"
    DATABASE = "database"


class DistributionStatus(StrEnum):
    """Whether the content was profiled, is only known to be there, or could not be read."""

    PROFILED = "profiled"
    LISTED = "listed"
    FAILED = "failed"


class Dialect(Model):
    """How a delimited text file was read."""

    delimiter: str
    quote: str | None
    escape: str | None = None
    header: bool = True
    header_rows: int = 1
    """Lines whose cells together name the columns, where ``header`` says that there are any."""
    line_ending: Literal["lf", "crlf", "cr", "mixed", "none"] = "lf"
    comment: str | None = None
    """What lines begin with that are no rows."""


class Reading(Model):
    """How a file was read: found by looking at it, or told by an option."""

    reader: str
    encoding: str | None = None
    byte_order_mark: bool = False
    dialect: Dialect | None = None
    skipped_lines: int = 0
    """Lines before the header that are not data, without comments."""
    comment_lines: int = 0
    footer_lines: int = 0
    """Lines behind the last row: totals, sources, notes."""
    null_tokens: tuple[str, ...] = ()
    """Texts that were told to stand for a missing value."""
    mended_rows: int = 0
    """Rows with quotes where no cell can begin or end, of which what can be read was kept."""
    undecodable_bytes: int = 0
    """Bytes that are not UTF-8 in a text that is otherwise: each was read as U+FFFD."""
    compression: str | None = None
    """``gzip`` or ``zstd`` where the file is a compressed stream."""
    content_media_type: str | None = None
    """The media type of a compressed file's content."""
    json_path: str | None = None
    """Where the rows of a table stand in a JSON document, as JSONPath: ``$[*]``, ``$.data[*]``. Of a document with
    several tables, this is the first one's; see :attr:`RecordSet.json_path`."""


class Distribution(Model):
    """A file, a set of files of one kind in one folder, or a database.

    ``path`` is relative to the dataset and ``content_url`` relative to the dataset's folder; ``includes`` holds
    the glob patterns of a file set.
    """

    id: UUID
    kind: DistributionKind
    status: DistributionStatus
    reason: FileReason | None = None
    path: str
    name: str
    description: str = ""
    media_type: str
    content_url: str
    content_size: int | None = None
    sha256: str | None = None
    contained_in: UUID | None = None
    includes: tuple[str, ...] = ()
    modified: AwareDatetime | None = None
    """When the file was last written to, as its file system or archive says."""
    reading: Reading | None = None
    document: DocumentFacts | None = None
    image: ImageFacts | None = None
    database: DatabaseFacts | None = None


class TypeVote(Model):
    """How many values of a column voted for a type, and a few of them where the type lost."""

    type: str
    count: int
    examples: tuple[str, ...] = ()


class SemanticType(Model):
    """What the values of a column stand for, whatever their type, and the share of the present values that do."""

    type: str
    """One of ``identifier category measure datetime boolean text url email uuid file_reference latitude longitude``."""
    share: float


class Reference(Model):
    """A column whose values are those of another column, which holds each of them once."""

    record_set_id: UUID
    record_set: str
    """The name of the table that is referred to."""
    field_id: UUID
    field: str
    declared: bool
    """Whether the source says so (a foreign key), or it was found in the values."""
    separator: str = ""
    """What stands between the keys where a cell holds several of them."""
    share: float | None = None
    """Of the present values, or of the keys in them, those that the other column holds; None where nobody looked."""


class Field(Model):
    """A column. ``name`` is unique within its record set; ``original_name`` is what the source calls it."""

    id: UUID
    name: str
    original_name: str
    position: int
    data_type: DataType
    physical_type: str
    """The source's own type; ``text`` for delimited files."""
    json_path: str | None = None
    """Where the values stand in a JSON document, as JSONPath: ``$.features[*].properties.mag``."""
    semantic_types: tuple[SemanticType, ...] = ()
    """The most telling first; empty where nothing fits."""
    references: tuple[Reference, ...] = ()
    description: str = ""
    nullable: bool | None = None
    """Whether the source allows missing values; None where it does not say."""
    format: str | None = None
    """The date or time format found, in strptime's notation."""
    language: str | None = None
    """Of the names of months and days in the dates: an ISO 639-1 code; None where no single language has them all."""
    unit: str | None = None
    """What stands beside the numbers: ``%``, the sign or code of a currency, a unit of measurement."""
    currency: str | None = None
    """The unit's ISO 4217 code where it is a currency; None for signs that several currencies share, such as ``$``."""
    decimal_mark: str | None = None
    """``.`` or ``,`` where numbers are written as people do; None where they are written as programs do."""
    group_mark: str | None = None
    """What mostly stands between the thousands of such numbers."""
    boolean_words: tuple[str, ...] = ()
    """The words for true and false that occur, in lower case."""
    votes: tuple[TypeVote, ...] = ()
    statistics: ColumnStatistics
    sample: tuple[Scalar, ...] = ()
    """The first distinct values of the column, of one type, among the first 4,096 that are present."""

    @property
    def semantic_type(self) -> str:
        """The most telling semantic type, or ``""``."""
        return self.semantic_types[0].type if self.semantic_types else ""

    @property
    def is_constant(self) -> bool:
        """Whether every row holds one and the same value."""
        statistics = self.statistics
        return statistics.distinct_count == 1 and not statistics.missing_count and self._counted_exactly

    @property
    def is_unique(self) -> bool:
        """Whether every row holds a value, and no two the same: the column can be a key.

        False where the distinct values are too many to be counted exactly.
        """
        statistics = self.statistics
        distinct = statistics.distinct_count
        return 0 < distinct == statistics.row_count and not statistics.missing_count and self._counted_exactly

    @property
    def _counted_exactly(self) -> bool:
        return self.statistics.accuracy.distinct.method is Method.EXACT


class QualityErrorType(StrEnum):
    """The three kinds that the MoMa vocabulary knows."""

    FORMAT_INCONSISTENCY = "format_inconsistency"
    VALUE_ERROR = "value_error"
    CONSISTENCY_ERROR = "consistency_error"


class QualityExample(Model):
    """An offending value and the row or line where it stands, counted from 1."""

    value: str | None
    row: int | None
    path: str | None = None
    """The file in which the row is counted, where the table is made of several."""


class QualityError(Model):
    """Something about a record set that its readers should know."""

    id: UUID
    column: str
    error_type: QualityErrorType
    description: str
    affected_rows: int
    examples: tuple[QualityExample, ...] = ()


class RowSelection(Model):
    """How the profiled rows of a table were chosen, where options asked for fewer than all.

    All counts and statistics of the record set are of the profiled rows alone (its ``row_count``).
    """

    rows_seen: int
    """Rows that were read to choose from."""
    rows_fulfilling: int
    """Those of them that fulfil the condition; all where there is none."""
    complete: bool
    """Whether the rows seen are all rows of the table."""
    sample: bool
    """Whether rows were left out that fulfil the condition: the statistics are those of a sample."""


class Mirror(Model):
    """A typed Parquet file of a table's rows, which lies beside the documents where the options ask for it."""

    path: str
    """Relative to the documents, such as ``mirror/stations.parquet``."""
    content_size: int
    sha256: str
    rows: int
    data_types: tuple[DataType, ...]
    """Of each field there: text where not every value is of the field's own type."""


class RecordSet(Model):
    """A table: one file's, or one of several in a file."""

    id: UUID
    name: str
    description: str = ""
    distribution_id: UUID
    path: str
    row_count: int
    bytes_read: int
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    """Names of the columns whose values together tell every row: a declared primary key, or one column found to."""
    kind: str = "table"
    """What it is at its source: ``table``, ``view``, ``sheet`` or another word of it."""
    json_path: str | None = None
    """Where its rows stand in a JSON document, as JSONPath: ``$.data[*]``."""
    examples: tuple[tuple[Scalar | None, ...], ...] = ()
    """The first rows, one value a field."""
    rejected_rows: int = 0
    duplicate_rows: int | None = None
    """Rows minus distinct rows; None where rows were not compared."""
    duplicate_rows_accuracy: Accuracy = Accuracy()
    correlations: tuple[Correlation, ...] = ()
    """Of the pairs of numeric columns, where they were asked for."""
    selection: RowSelection | None = None
    """None where the options ask for all rows."""
    quality: tuple[QualityError, ...] = ()
    mirror: Mirror | None = None

    @property
    def empty_columns(self) -> tuple[str, ...]:
        """Names of the columns that hold no value in any row."""
        return tuple(field.name for field in self.fields if self.row_count and not field.statistics.row_count)


def _is_in_archive(item: Distribution, owners: Mapping[UUID, Distribution]) -> bool:
    """Whether an item's bytes are those of a file that it is in, by itself or as a part of a set."""
    owner = None if item.contained_in is None else owners.get(item.contained_in)
    if owner is None:
        return False
    return owner.kind is DistributionKind.FILE or _is_in_archive(owner, owners)


class Generator(Model):
    """The program that made a profile."""

    name: str
    version: str


class DatasetProfile(Model):
    """Everything that is known about a dataset, light or heavy.

    ``generated_at`` is the job's one timestamp and the only thing in which two profiles of equal input differ.
    """

    schema_version: Literal["1"] = "1"
    kind: Target
    generated_at: AwareDatetime
    generator: Generator
    specification: ProfileSpecification
    options: ProfileOptions
    distributions: tuple[Distribution, ...] = ()
    record_sets: tuple[RecordSet, ...] = ()
    warnings: tuple[JobWarning, ...] = ()

    @property
    def dataset_id(self) -> UUID:
        """The dataset's UUID."""
        return self.specification.id

    def summary(self) -> JobSummary:
        """Counts alone: small enough for XCom, and free of cell values."""
        members = [item for item in self.distributions if item.kind is not DistributionKind.FILE_SET]
        statuses = [item.status for item in members]
        owners = {item.id: item for item in self.distributions}
        return JobSummary(
            files=len(members),
            profiled=statuses.count(DistributionStatus.PROFILED),
            listed=statuses.count(DistributionStatus.LISTED),
            failed=statuses.count(DistributionStatus.FAILED),
            bytes=sum(item.content_size or 0 for item in members if not _is_in_archive(item, owners)),
            record_sets=len(self.record_sets),
            rows=sum(item.row_count for item in self.record_sets),
            columns=sum(len(item.fields) for item in self.record_sets),
            content_hash=content_hash(members),
            schema_hash=schema_hash(self.record_sets),
        )

    def parts(self) -> dict[str, Any]:
        """``profile.json`` as JSON-ready values, with generators in place of lists that may be long."""
        return dumped_parts(
            self,
            distributions=(item.model_dump(mode="json") for item in self.distributions),
            record_sets=(
                dumped_parts(item, fields=(field.model_dump(mode="json") for field in item.fields))
                for item in self.record_sets
            ),
        )

    def to_document(self) -> bytes:
        """The bytes of ``profile.json``."""
        return document_json(self.parts())

    @classmethod
    def from_document(cls, document: bytes | dict[str, Any]) -> "DatasetProfile":
        """Read ``profile.json`` back.

        :raises pydantic.ValidationError: when it is not a profile of this schema version.
        """
        if isinstance(document, bytes):
            return cls.model_validate_json(document)
        return cls.model_validate(document)
