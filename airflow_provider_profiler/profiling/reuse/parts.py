"""States of unchanged files on their way into tables, and states of files on their way into what is kept."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.contract.profile import DatasetProfile, RecordSet, RowSelection
from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.profiling.column_blocks import Block, side_by_side, without_totals
from airflow_provider_profiler.profiling.executor import Held, Session
from airflow_provider_profiler.profiling.readers.reader import Table
from airflow_provider_profiler.profiling.reuse.keeping import Keeper
from airflow_provider_profiler.profiling.reuse.layout import KeptTable
from airflow_provider_profiler.profiling.reuse.ledger import Ledger
from airflow_provider_profiler.profiling.reuse.unit_keys import part_keys
from airflow_provider_profiler.profiling.reuse.unusable import UnusableEarlier
from airflow_provider_profiler.profiling.stored_states.layout import StoredTable
from airflow_provider_profiler.profiling.table_state import TableState

if TYPE_CHECKING:  # readings take states from here
    from airflow_provider_profiler.profiling.readings import Part, Readings, TableReading


class PartStates:
    """What tables take over of an earlier profile, file by file, and what is kept of them for the next one."""

    def __init__(self, ledger: Ledger, keeper: Keeper | None, session: Session, statistics: StatisticsOptions) -> None:
        self._ledger = ledger
        self._keeper = keeper
        self._session = session
        self._statistics = statistics

    def recall(self, readings: "Readings") -> None:
        """Find the states that are there already: these parts of tables have nothing left to read."""
        for table in readings.tables:
            keys = part_keys(table.selected, self._statistics)
            for part, key in zip(table.parts, keys, strict=True):
                part.key = key
                if part.file.reason is not None or not part.left:
                    continue
                source = part.file.plan.source
                part.kept = self._ledger.table(source, key)
                if part.kept is None:
                    self._ledger.opened(source)
                    continue
                part.left = 0
                part.take_over(part.kept)
                if table.shards is None:
                    table.whole = partial(self._ledger.state, part.kept)

    def taken(self, table: "TableReading", part: "Part") -> list[Held | None]:
        """What a part adds to the trees of its table, one a block of columns; it is kept on the way, where wanted."""
        if part.kept is None:
            roots = [tree.root() for tree in part.trees]
            if table.shards is not None and self._keeper is not None and self._keeper.wants_parts:
                self._keep(table, part, roots)
            return roots
        if table.shards is None:
            return [None for _ in table.blocks]
        state = self._ledger.state(part.kept)
        if len(state.columns) != len(table.selected.table.wanted):
            raise UnusableEarlier(f"the states of {part.kept.path} are of other columns")
        if self._keeper is not None:
            self._keeper.part(part.file.plan.source, _saved(table), state, part.kept)
        return [self._session.hold(_block_of(state, block)) for block in table.blocks]

    def before(
        self, light: DatasetProfile, table: "TableReading", name: str, chosen: RowSelection | None
    ) -> RecordSet | None:
        """What was said of an unchanged table before it was related to others; None where that has to be found out.

        :param name: of the table now, which others that were not there before may change.
        :param chosen: how its rows were chosen.
        """
        earlier, (part, *others) = self._ledger.earlier, table.parts
        if earlier is None or others or part.kept is None or not part.kept.plain:
            return None
        shown = table.selected.table
        found = earlier.record_sets.get(part_uuid(light.dataset_id, "record_set", table.selected.path, shown.name))
        same = found is not None and (found.name, found.selection) == (name, chosen)
        if found is None or not same or earlier.states.profile.options.sampling != light.options.sampling:
            return None
        key = shown.key if {column.name for column in shown.wanted}.issuperset(shown.key) else ()
        return found.model_copy(update={"key": key, "mirror": None})

    def related(self, tables: Sequence["TableReading"], record_sets: Sequence[RecordSet]) -> None:
        """Take note of the tables that have nothing to do with others.

        :param record_sets: of these tables, related to each other.
        """
        for table, final in zip(tables, record_sets, strict=True):
            alone = table.alone
            if alone is None or table.shards is not None or final.quality != alone.quality:
                continue
            # What is related to something is another object.
            if all(one is other for one, other in zip(final.fields, alone.fields, strict=True)):
                self._ledger.note_plain(table.parts[0].file.plan.source, table.parts[0].key)

    def described(self, table: "TableReading", stored: StoredTable) -> None:
        """Take note of a table whose states were saved."""
        if table.shards is None:
            (part,) = table.parts
            self._ledger.note_table(part.file.plan.source, as_kept(part, stored.path, stored.sha256))

    def _keep(self, table: "TableReading", part: "Part", roots: Sequence[Held | None]) -> None:
        states = [self._session.fetch(root) for root in roots if root is not None]
        sound = [state for state in states if not isinstance(state, FileReason)]
        if len(sound) == len(table.blocks) and self._keeper is not None:
            source = part.file.plan.source
            state = sound[0] if len(sound) == 1 else side_by_side(sound)
            self._keeper.part(source, _saved(table), state, as_kept(part, source.path, "0" * 64))


def _saved(table: "TableReading") -> Table:
    """The table with the columns that its states have."""
    shown = table.selected.table
    return replace(shown, columns=shown.wanted, only=None)


def _block_of(state: TableState, block: Block) -> TableState:
    """The part of a state that the task of a block of columns makes."""
    start, stop = block
    if (start, stop) == (0, len(state.columns)):
        return state
    columns = state.columns[start:stop]
    examples = tuple(row[start:stop] for row in state.examples)
    found = replace(state, columns=columns, examples=examples)
    return without_totals(found) if start else found


def as_kept(part: "Part", path: str, states: str) -> KeptTable:
    """What to note of a part of which all is there."""
    return KeptTable(
        key=part.key,
        states=states,
        path=path,
        seen=part.tally.seen,
        fulfilling=part.tally.fulfilling,
        cut=part.tally.cut,
        lines=part.lines,
        rejected=tuple(part.rejected),
    )
