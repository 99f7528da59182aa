"""A profile as one HTML page that needs nothing beside itself: no network, no other file."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from airflow_provider_profiler.contract.profile import DatasetProfile, Distribution, DistributionStatus, RecordSet
from airflow_provider_profiler.render.renderer import timestamp
from airflow_provider_profiler.render.report import figures
from airflow_provider_profiler.render.report.columns import ColumnView, columns_of, short
from airflow_provider_profiler.render.report.contents import readings_of, tree_of
from airflow_provider_profiler.render.report.relations import picture_of
from airflow_provider_profiler.render.text import bytes_text, count_text, percentage

_TEMPLATES = "templates"
#: Tables whose columns are in sight when the page opens; of many tables each opens by itself.
_OPEN_TABLES = 3
#: Correlations that are shown of a table, the strongest; there is one for each pair of columns.
_MOST_CORRELATIONS = 30
_MOST_ISSUES = 500


@dataclass(frozen=True)
class TableView:
    """A table as the page shows it."""

    anchor: str
    record_set: RecordSet
    open: bool

    def columns(self) -> Iterator[ColumnView]:
        """Its columns, made one by one while the page is written."""
        return columns_of(self.record_set, self.anchor)

    @property
    def missing(self) -> str:
        """The share of all its cells without a value; empty where each has one."""
        statistics = [field.statistics for field in self.record_set.fields]
        missing = sum(item.missing_count for item in statistics)
        return percentage(missing / (missing + sum(item.row_count for item in statistics))) if missing else ""

    @property
    def correlations(self) -> list[Any]:
        """The strongest correlations first."""
        found = [item for item in self.record_set.correlations if item.coefficient is not None]
        return sorted(found, key=lambda item: -abs(item.coefficient or 0.0))[:_MOST_CORRELATIONS]


def report_chunks(profile: DatasetProfile) -> Iterator[bytes]:
    """The report piece by piece, in UTF-8: its text is never in memory as a whole.

    :param profile: light or heavy.
    """
    yield from page_chunks("report.html.j2", _values(profile))


def page_chunks(template: str, values: dict[str, Any], *, rules: str = "form-action 'none'") -> Iterator[bytes]:
    """A page of this folder's templates, piece by piece.

    Everything that comes from data is escaped, and the page allows no script and no style but its own, by their
    checksums: text that got through would still not run.

    :param rules: what the page may do beyond that, as a content security policy says it.
    """
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_checksum(style)}'; script-src '{_checksum(script)}'; "
        f"base-uri 'none'; {rules}"
    )
    stream = _environment().get_template(template).stream(style=style, script=script, policy=policy, **values)
    stream.enable_buffering(64)
    for text in stream:
        # Half a surrogate pair cannot be written; a profile made here has none, one that was edited may.
        yield text.encode("utf-8", "replace")


def _values(profile: DatasetProfile) -> dict[str, Any]:
    anchors = [f"t{place}" for place in range(len(profile.record_sets))]
    tables = [
        TableView(anchor, record_set, place < _OPEN_TABLES or len(anchors) <= _OPEN_TABLES)
        for place, (anchor, record_set) in enumerate(zip(anchors, profile.record_sets, strict=True))
    ]
    issues = sorted(
        ((table, error) for table in tables for error in table.record_set.quality),
        key=lambda item: -item[1].affected_rows,
    )
    return {
        "profile": profile,
        "specification": profile.specification,
        "title": profile.specification.name.strip() or str(profile.dataset_id),
        "generated_at": timestamp(profile),
        "when": figures.when(profile.generated_at),
        "summary": profile.summary(),
        "tree": tree_of(profile),
        "tables": tables,
        "issues": issues[:_MOST_ISSUES],
        "issues_in_all": len(issues),
        "failed": [item for item in profile.distributions if item.status is DistributionStatus.FAILED],
        "documents": [item for item in profile.distributions if item.document is not None],
        "images": [item for item in profile.distributions if item.image is not None],
        "databases": [item for item in profile.distributions if item.database is not None],
        "readings": readings_of(profile.distributions),
        "picture": picture_of(profile.record_sets, anchors),
        "approximate": _approximate(tables),
    }


def _approximate(tables: list[TableView]) -> list[tuple[str, str, str, int]]:
    """Statistics that are not exact: their name, how they came to be, and of how many columns."""
    found: dict[tuple[str, str], list[str]] = {}
    for table in tables:
        for field in table.record_set.fields:
            for name, told in field.statistics.accuracy:
                how = figures.accuracy(told)
                if how != "exact":
                    found.setdefault((name.replace("_", " "), how), []).append(field.name)
    return [(name, how, ", ".join(columns[:5]), len(columns)) for (name, how), columns in sorted(found.items())]


@cache
def _environment() -> Any:
    # Not at the top: this room is imported in places that write no page.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader(__package__, _TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        bytes=bytes_text,
        number=figures.number,
        percentage=percentage,
        accuracy=figures.accuracy,
        scalar=figures.scalar,
        short=short,
        breakable=_breakable,
    )
    environment.globals.update(count=count_text, reason=_reason)
    return environment


def _reason(item: Distribution) -> str:
    """Why a file was not profiled; messages name their file, which stands beside them."""
    return "" if item.reason is None else item.reason.message.removeprefix(f"{item.path}: ")


def _breakable(text: str) -> Any:
    """A name that may be broken where its parts end, and not only where the room does."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    broken = escape(text)
    for sign in ("_", "/", "."):
        broken = broken.replace(sign, Markup("%s<wbr>") % sign)
    return broken


@cache
def _asset(name: str) -> Any:
    from markupsafe import Markup  # noqa: PLC0415

    # The only text that is not escaped: files of ours.
    return Markup(files(__package__).joinpath(_TEMPLATES, name).read_text("utf-8"))  # noqa: S704


def _checksum(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
