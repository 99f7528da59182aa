"""How a dataset is to be profiled. Every option here is honoured by the engine; an unknown one is refused."""

import codecs
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StrictBool, StrictInt, StrictStr, field_validator

from airflow_provider_profiler.contract.model import Model

MIB = 1024 * 1024
#: Text encodings of host names and of Python's own source; some take quadratic time over a long text.
_NOT_OF_FILES = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
#: Longer than any job lives, and still a duration that can be added to a date.
_LONGEST_DEADLINE = 1e9


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
    checksum: StrictBool = True
    """Compute the sha256 of every file's content."""


class ReadingOptions(Model):
    """What the reader would otherwise find out by itself."""

    encoding: StrictStr | None = None
    """A Python codec name, for text formats."""
    delimiter: Annotated[StrictStr, Field(min_length=1, max_length=1)] | None = None
    header: StrictBool | None = None
    """Whether the first line of a delimited file names the columns."""
    max_decompressed_bytes: Annotated[StrictInt, Field(gt=0)] = 100 * 1024 * MIB
    """Bytes that the content of one compressed file may have; a file with more fails with the reason ``too_large``."""
    max_compression_ratio: Annotated[StrictInt, Field(ge=1)] = 500
    """How many times larger than the file its content may be, from 64 MiB of content on."""

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


class SamplingOptions(Model):
    """How much of the data is read."""

    method: Literal["full"] = "full"


class StatisticsOptions(Model):
    """What is computed of every column."""

    infer_types: StrictBool = True
    """Find the type of text columns by votes over all rows; off, they stay text."""
    top_values: Annotated[StrictInt, Field(ge=0, le=1000)] = 10
    exact_values: Annotated[StrictInt, Field(ge=16, le=1_000_000)] = 32_768
    """Distinct values a column may have before its table overflows into sketches."""
    sample_values: Annotated[StrictInt, Field(ge=0, le=100)] = 5


class ExecutionOptions(Model):
    """How the work is cut and when it is given up. Nothing here may change a result's meaning."""

    partition_bytes: Annotated[StrictInt, Field(ge=64 * 1024, le=1024 * MIB)] = 16 * MIB
    """Bytes of one unit of work. The plan, and so the sketches' bytes, depend on it and on the input alone."""
    max_workers: Annotated[StrictInt, Field(ge=1, le=1024)] | None = None
    deadline_seconds: Annotated[float, Field(gt=0, le=_LONGEST_DEADLINE, strict=True)] | None = None
    """Seconds from start after which the job fails with the reason ``deadline``."""


class ProfileOptions(Model):
    """All options of one profile, by section."""

    discovery: DiscoveryOptions = DiscoveryOptions()
    reading: ReadingOptions = ReadingOptions()
    sampling: SamplingOptions = SamplingOptions()
    statistics: StatisticsOptions = StatisticsOptions()
    execution: ExecutionOptions = ExecutionOptions()
