"""From a file or a database of a profile to its source as it is now."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from airflow_provider_profiler.contract.errors import (
    ConnectionFailed,
    InvalidRequest,
    ProfilerError,
    ServiceUnavailable,
)
from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.profile import DistributionKind
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.databases.listing import list_databases
from airflow_provider_profiler.profiling.discovery.discovering import Discovery, Found, discover, find
from airflow_provider_profiler.profiling.executor import ThreadExecutor
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.profiling.previewing.profiled import ProfiledDataset, ProfiledFile, ProfiledTable
from airflow_provider_profiler.profiling.previewing.wish import Whereabouts
from airflow_provider_profiler.profiling.readers.reader import Source

#: Seconds after which a server gives a statement up. Nobody waits for it any longer, and a server does not always
#: notice that whoever asked is gone.
STATEMENT_SECONDS = 30.0


class Sources:
    """The sources of a table; the dataset is listed once, however many files the table is made of."""

    def __init__(self, table: ProfiledTable, profiled: ProfiledDataset, where: Whereabouts) -> None:
        self._table, self._profiled, self._where = table, profiled, where
        self._known = {item.id: item for item in profiled.distributions}
        self._looked_at: tuple[str, Discovery] | None = None

    def source(self, file: ProfiledFile) -> tuple[Source | None, bool | None]:
        """The file as it is now, None where it is gone; and whether it is another one than it was.

        :raises InvalidRequest: when what is there is no file that holds tables.
        """
        if file.kind is DistributionKind.DATABASE:
            return self._database_table(), None
        *_, outermost = self._profiled.owners(file, self._known)
        looked_at = self._look_at(outermost.path)
        source = next((item for item in looked_at.inventory.sources if item.path == file.path), None)
        now = next((item for item in looked_at.distributions if item.path == file.path), None)
        if now is None:
            return None, None
        if source is None:
            reason = now.reason or FileReason(
                code=FileReasonCode.UNSUPPORTED_FORMAT, message=f"{file.path}: is no file that holds tables any more"
            )
            raise refusal(reason)
        return source, (now.content_size, now.modified) != (file.content_size, file.modified)

    @cached_property
    def _found(self) -> dict[str, Found]:
        # Days of age count back from when the job did: what was young enough then is the same file today.
        found, _ = find(self._where.datasets, self._where.options.discovery, generated_at=self._profiled.generated_at)
        return {item.path: item for item in found}

    def _look_at(self, path: str) -> Discovery:
        """What a file of the dataset is and holds; the members of one archive follow one another."""
        if self._looked_at is None or self._looked_at[0] != path:
            found: Iterable[Found | None] = (self._found.get(path),)
            looked_at = discover(
                self._where.specification,
                [item for item in found if item is not None],
                self._where.options.discovery.model_copy(update={"checksum": False}),
                ThreadExecutor(1),
                NullObserver(),
                reading=self._where.options.reading,
            )
            self._looked_at = path, looked_at
        return self._looked_at[1]

    def _database_table(self) -> Source | None:
        where, table = self._where, self._table
        # Of a dataset's databases the table's alone is asked: another one may hang.
        accesses = [access for access in where.databases if access.url == table.path]
        given = where.options.databases
        seconds = min(given.statement_timeout_seconds, STATEMENT_SECONDS)
        options = where.options.model_copy(
            update={"databases": given.model_copy(update={"statement_timeout_seconds": seconds})}
        )
        listing = list_databases(where.specification, accesses, options, NullObserver())
        reason = next((item.reason for item in listing.distributions if item.path == table.path), None)
        if reason is not None:
            raise refusal(reason)
        for item in listing.tables:
            if item.path == table.path and identity(where.specification, table.path, item.name) == table.id:
                # How many moments cannot be told is a note of a profile, for which all rows would be looked through.
                return replace(item, counts_moments=False)
        return None


def identity(specification: ProfileSpecification, path: str, name: str) -> object:
    """The id of the record set of a table.

    :param name: as its file or database calls it.
    """
    return part_uuid(specification.id, "record_set", path, name)


def refusal(reason: FileReason) -> ProfilerError:
    """Why a file could not be read, as an error of ours."""
    message = f"{reason.message.rstrip('.')}."
    match reason.code:
        case FileReasonCode.CONNECTION_FAILED | FileReasonCode.TIMED_OUT | FileReasonCode.CREDENTIALS_MISSING:
            return ConnectionFailed(message)
        case FileReasonCode.READER_NOT_INSTALLED:
            return ServiceUnavailable(message)
        case _:
            return InvalidRequest(message)
