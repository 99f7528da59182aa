"""The engine: discover, plan, map over partitions, merge, describe."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from airflow_provider_profiler import __version__
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
from airflow_provider_profiler.profiling.readers.reader import Source
from airflow_provider_profiler.profiling.readings import Readings, begin, read_all, tables_of
from airflow_provider_profiler.profiling.selection.planning import Selection, select
from airflow_provider_profiler.profiling.shards.grouping import Grouped, group_shards, kept_apart
from airflow_provider_profiler.profiling.stored_states.writing import write_states

GENERATOR = Generator(name="airflow-provider-profiler", version=__version__)


@dataclass(frozen=True)
class LightResult:
    """The light profile, and what the heavy one starts from."""

    profile: DatasetProfile
    inventory: Inventory


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
    ) -> LightResult:
        """Find out which files there are, and which tables.

        :param specification: what the submitter says about the dataset.
        :param datasets: where its raw data paths lie, in their order.
        :param generated_at: the profile's one timestamp, with a time zone.
        :param databases: how to get into its databases; one that is not here is not contacted.
        :raises Stopped: when the observer wants no more.
        """
        observer.stage(StageName.DISCOVER)
        observer.check()
        found, left_out = find(datasets, options.discovery, generated_at=generated_at)
        observer.stage(StageName.LIGHT)
        discovery = discover(
            specification, found, options.discovery, self._executor_for(options), observer, reading=options.reading
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
        return LightResult(profile, Inventory((*discovery.inventory.sources, *listing.tables)))

    def heavy(
        self, light: LightResult, *, observer: Observer, states: Path | None = None, mirrors: Path | None = None
    ) -> DatasetProfile:
        """Read the content of every file that has a reader, once; twice where the options ask for mirrors of tables.

        A file that fails is marked with the reason; the others go on.

        :param states: a file to save what was remembered of the tables in, so that their profile can be merged with
            others without reading them again; its folder must exist. None: that is forgotten.
        :param mirrors: a folder for the mirrors that the options may ask for. None: none are written.
        :raises Stopped: when the observer wants no more.
        :raises FileFailed: at the first file that cannot be read, where the options say so.
        :raises OSError: when the states cannot be written.
        """
        options = light.profile.options
        for item in light.profile.distributions:
            if item.status is DistributionStatus.FAILED and item.reason is not None:
                check_goes_on(item.reason, options)
        executor = self._executor_for(options)
        observer.stage(StageName.READ)
        with in_one_snapshot(light.inventory.sources) as sources, executor.session(observer.check) as session:
            plans = self._plan(sources, _with_languages(light.profile), executor, observer)
            plans, grouped, selection = _chosen(plans, light.profile, executor, observer)
            observer.stage(StageName.HEAVY)
            readings = begin(plans, grouped.sets, selection, options, partial(session.merge, merge_results))
            read_all(readings, options, session, observer, threads=executor.threads(readings.units()))
            warnings = [*selection.warnings, *kept_apart(grouped.apart)]
            mirror = partial(_with_mirrors, readings=readings, folder=mirrors, observer=observer)
            if states is None:
                return mirror(assemble(light.profile, readings, warnings, session))
            with write_states(states) as writer:
                profile = mirror(assemble(light.profile, readings, warnings, session, writer))
                writer.finish(profile)
            return profile

    def _executor_for(self, options: ProfileOptions) -> Executor:
        return (self._executor or ThreadExecutor()).bounded(options.execution.max_workers)

    def _plan(
        self, sources: Sequence[Source], options: ProfileOptions, executor: Executor, observer: Observer
    ) -> list[SourcePlan]:
        tasks = (PlanTask(source, options.reading, options.execution) for source in sources)
        plans = []
        # Closed and not left to be collected: an exception keeps alive what it passed through, and so would the work.
        with closing(executor.map(plan_source, tasks)) as planned:
            for plan in planned:
                if plan.reason is not None:
                    check_goes_on(plan.reason, options)
                plans.append(plan)
                observer.check()
        return plans


def _with_languages(light: DatasetProfile) -> ProfileOptions:
    """The options of a profile, with the languages that its specification declares where they name none."""
    options = light.options
    reading = options.reading
    languages = reading.languages or light.specification.languages
    return options.model_copy(update={"reading": reading.model_copy(update={"languages": languages})})


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
