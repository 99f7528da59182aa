"""The engine: discover, plan, map over partitions, merge, describe."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from airflow_provider_profiler import __version__
from airflow_provider_profiler.config.allocation import keep_freed_memory
from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    DistributionKind,
    DistributionStatus,
    Generator,
)
from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling.assembling import assemble
from airflow_provider_profiler.profiling.databases.access import DatabaseAccess
from airflow_provider_profiler.profiling.databases.listing import list_databases
from airflow_provider_profiler.profiling.databases.snapshots import in_one_snapshot
from airflow_provider_profiler.profiling.discovery.discovering import Dataset, Inventory, discover, find
from airflow_provider_profiler.profiling.executor import Executor, ThreadExecutor
from airflow_provider_profiler.profiling.failures import check_goes_on
from airflow_provider_profiler.profiling.mirroring.mirror import write_mirrors
from airflow_provider_profiler.profiling.observer import Observer
from airflow_provider_profiler.profiling.partition import PlanTask, SourcePlan, merge_results, plan_source
from airflow_provider_profiler.profiling.readers.declared_languages import with_languages
from airflow_provider_profiler.profiling.readers.reader import Source
from airflow_provider_profiler.profiling.readings import Readings, begin, read_all, tables_of
from airflow_provider_profiler.profiling.reuse.keeping import Keeping, Outputs, keeping
from airflow_provider_profiler.profiling.reuse.ledger import Ledger
from airflow_provider_profiler.profiling.reuse.parts import PartStates
from airflow_provider_profiler.profiling.reuse.recalling import RecallingExecutor
from airflow_provider_profiler.profiling.reuse.restating import told_again
from airflow_provider_profiler.profiling.reuse.unusable import UnusableEarlier
from airflow_provider_profiler.profiling.selection.planning import Selection, select
from airflow_provider_profiler.profiling.shards.grouping import Grouped, group_shards, kept_apart
from airflow_provider_profiler.profiling.small_work import SmallWorkHere
from airflow_provider_profiler.profiling.stopping import asking
from airflow_provider_profiler.profiling.stored_states.writing import write_states
from airflow_provider_profiler.profiling.table_progress import begins_planning, expect_content, has_planned

log = logging.getLogger(__name__)

GENERATOR = Generator(name="airflow-provider-profiler", version=__version__)


#: Encodings that are no guess.
_PLAIN_ENCODINGS = ("utf-8", "ascii", "us-ascii")


@dataclass(frozen=True)
class LightResult:
    """The light profile, and what the heavy one starts from."""

    profile: DatasetProfile
    inventory: Inventory
    ledger: Ledger | None = None
    """What is known of the files from an earlier profile, and what is noted for a later one."""


class ProfilingEngine:
    """Makes profiles. It keeps nothing between calls and may be used by many threads."""

    def __init__(self, executor: Executor | None = None) -> None:
        """Choose where the work runs.

        :param executor: None: on threads of this process, as many as the options or the processors allow.
        """
        self._executor = executor

    def light(
        self,
        specification: ProfileSpecification,
        datasets: Sequence[Dataset],
        options: ProfileOptions,
        *,
        generated_at: datetime,
        observer: Observer,
        databases: Sequence[DatabaseAccess] = (),
        ledger: Ledger | None = None,
    ) -> LightResult:
        """Find out which files there are, and which tables.

        :param specification: what the submitter says about the dataset.
        :param datasets: where its raw data paths lie, in their order.
        :param generated_at: the profile's one timestamp, with a time zone.
        :param databases: how to get into its databases; one that is not here is not contacted.
        :param ledger: new, for this profile alone: with an earlier profile, whose results stand for files that have
            not changed since, or to keep what is found out for a later one. None: everything is read, nothing is kept.
        :raises Stopped: when the observer wants no more.
        """
        observer.stage(StageName.DISCOVER)
        observer.check()
        if ledger is not None:
            ledger.looks_into(datasets)
        found, left_out = find(datasets, options.discovery, generated_at=generated_at)
        observer.stage(StageName.LIGHT)
        with asking(observer.check):
            discovery = discover(
                specification,
                found,
                options.discovery,
                self._executor_for(options, ledger, observer),
                observer,
                reading=options.reading,
            )
        listing = list_databases(specification, databases, options, observer)
        profile = DatasetProfile(
            kind=Target.LIGHT,
            generated_at=generated_at,
            generator=GENERATOR,
            specification=specification,
            options=options,
            distributions=(*discovery.distributions, *listing.distributions),
            warnings=(*left_out, *discovery.warnings, *listing.warnings),
        )
        return LightResult(profile, Inventory((*discovery.inventory.sources, *listing.tables)), ledger)

    def heavy(
        self,
        light: LightResult,
        *,
        observer: Observer,
        states: Path | None = None,
        mirrors: Path | None = None,
        keep: Keeping | None = None,
    ) -> DatasetProfile:
        """Read the content of every file that has a reader, once; twice where the options ask for mirrors of tables.

        A file that fails is marked with the reason; the others go on. Files that have not changed since the earlier
        profile of the ledger are not read.

        :param states: a file to save what was remembered of the tables in, so that their profile can be merged with
            others without reading them again; its folder must exist. None: that is forgotten.
        :param mirrors: a folder for the mirrors that the options may ask for. None: none are written.
        :param keep: where to write what a later profile may reuse; needs states, and a ledger. None: nowhere.
        :raises Stopped: when the observer wants no more.
        :raises FileFailed: at the first file that cannot be read, where the options say so.
        :raises OSError: when the states cannot be written.
        """
        keep_freed_memory()
        options = light.profile.options
        for item in light.profile.distributions:
            if item.status is DistributionStatus.FAILED and item.reason is not None:
                check_goes_on(item.reason, options)
        outputs = Outputs(states, mirrors, keep)
        try:
            return self._heavy(light, outputs, observer)
        except UnusableEarlier as error:
            if light.ledger is None or light.ledger.earlier is None:
                raise
            # It looked sound, or somebody removed it meanwhile.
            log.warning("Nothing of the earlier profile is used: %s. Everything is read.", error)
            light.ledger.give_up(str(error))
            return self._heavy(light, outputs, observer)

    def _heavy(self, light: LightResult, outputs: Outputs, observer: Observer) -> DatasetProfile:
        options, ledger = light.profile.options, light.ledger
        executor = self._executor_for(options, ledger, observer)
        observer.stage(StageName.READ)
        with ExitStack() as stack:
            stack.enter_context(asking(observer.check))
            sources = stack.enter_context(in_one_snapshot(light.inventory.sources))
            session = stack.enter_context(executor.session(observer.check))
            told = with_languages(options, light.profile.specification)
            plans = self._plan(sources, told, executor, observer, ledger)
            if ledger is not None and ledger.outcome.everything:
                profile = told_again(ledger, light.profile, outputs, observer)
                if profile is not None:
                    return profile
            plans, grouped, selection = _chosen(plans, light.profile, executor, observer)
            observer.stage(StageName.HEAVY)
            readings = begin(plans, grouped.sets, selection, options, partial(session.merge, merge_results))
            writer = None if outputs.states is None else stack.enter_context(write_states(outputs.states))
            keeper = None
            if ledger is not None and outputs.keep is not None:
                keeper = stack.enter_context(keeping(ledger, outputs.keep))
            reuse = None if ledger is None else PartStates(ledger, keeper, session, options.statistics)
            if reuse is not None:
                reuse.recall(readings)
            threads = executor.threads(readings.units())
            progress = read_all(readings, options, session, observer, threads=threads, reuse=reuse)
            observer.stage(StageName.MERGE)
            warnings = [*selection.warnings, *kept_apart(grouped.apart)]
            profile = assemble(light.profile, readings, warnings, session, states=writer, reuse=reuse)
            progress.all_described()
            profile = _with_mirrors(profile, readings=readings, folder=outputs.mirrors, observer=observer)
            if writer is not None:
                saved = writer.finish(profile)
                if keeper is not None:
                    keeper.finish(light.profile, profile, saved, readings.failed_paths())
            return profile

    def _executor_for(self, options: ProfileOptions, ledger: Ledger | None, observer: Observer) -> Executor:
        executor = (self._executor or SmallWorkHere(ThreadExecutor())).bounded(options.execution.max_workers)
        return executor if ledger is None else RecallingExecutor(executor, ledger, observer.check)

    def _plan(
        self,
        sources: Sequence[Source],
        options: ProfileOptions,
        executor: Executor,
        observer: Observer,
        ledger: Ledger | None,
    ) -> list[SourcePlan]:
        def tasks() -> Iterator[PlanTask]:
            for source in sources:
                begins_planning(source, observer)
                yield PlanTask(source, options.reading, options.execution)

        expect_content(sources, observer)
        plans = []
        # Closed and not left to be collected: an exception keeps alive what it passed through, and so would the work.
        with closing(executor.map(plan_source, tasks())) as planned:
            for plan in planned:
                has_planned(plan, observer, reused=ledger is not None and ledger.has_plan(plan.source))
                _tell_encodings(plan, options)
                if plan.reason is not None:
                    check_goes_on(plan.reason, options)
                plans.append(plan)
                observer.check()
        return plans


def _tell_encodings(plan: SourcePlan, options: ProfileOptions) -> None:
    """Log in which encoding a text is read, where that was found by looking at it and is not UTF-8."""
    readings = {table.reading.encoding: table.reading for table in plan.tables}
    if plan.content is not None and plan.content.reading is not None:
        readings[plan.content.reading.encoding] = plan.content.reading
    for encoding, reading in readings.items():
        if encoding and (encoding.lower() not in _PLAIN_ENCODINGS or reading.undecodable_bytes):
            told = "as the options say" if options.reading.encoding else "as its bytes suggest"
            log.info("%s is read as %s, %s.", plan.source.path, encoding, told)


def _with_mirrors(
    profile: DatasetProfile, *, readings: Readings, folder: Path | None, observer: Observer
) -> DatasetProfile:
    """The profile with the mirrors of its tables written, where the options ask for them."""
    if folder is None or not profile.options.output.parquet_mirror:
        return profile
    described = [table.selected for table in readings.tables if table.files and table.record_set is not None]
    return write_mirrors(profile, described, folder, observer)


def _chosen(
    plans: Sequence[SourcePlan], light: DatasetProfile, executor: Executor, observer: Observer
) -> tuple[list[SourcePlan], Grouped, Selection]:
    """Which files are tables together, and what is read of each table.

    Where the rows of a file have to be counted to choose from and cannot be, its table does without it.
    """
    options = light.options
    paths = [item.path for item in light.distributions if item.kind is DistributionKind.FILE]
    left = list(plans)
    while True:
        grouped = group_shards(left, paths) if options.discovery.shards == "auto" else Grouped()
        tables = list(tables_of(left, grouped.sets))
        selection = select([table for table, _, _ in tables], options, executor, observer.check)
        failed: dict[int, FileReason] = {}
        for (_, made_of, _), item in zip(tables, selection.tables, strict=True):
            failed |= {id(made_of[number]): reason for number, reason in item.uncounted.items()}
        for reason in failed.values():
            check_goes_on(reason, options)
        if not any(item.uncounted and len(item.shards) > 1 for item in selection.tables):
            return left, grouped, selection
        left = [replace(plan, tables=(), reason=failed[id(plan)]) if id(plan) in failed else plan for plan in left]
