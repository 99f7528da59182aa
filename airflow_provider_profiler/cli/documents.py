"""Profile one dataset into a folder of documents, the light ones as soon as they are known."""

from datetime import datetime
from pathlib import Path

from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import Observer
from airflow_provider_profiler.render import cdd, moma
from airflow_provider_profiler.storage.atomic import write_atomic
from airflow_provider_profiler.storage.results import MOMA_HEAVY, MOMA_LIGHT, PROFILE, cdd_name
from airflow_provider_profiler.storage.roots import ResolvedDataset


def profile_to_folder(
    specification: ProfileSpecification,
    dataset: ResolvedDataset,
    folder: Path,
    *,
    target: Target,
    generated_at: datetime,
    observer: Observer,
    options: ProfileOptions | None = None,
) -> tuple[DatasetProfile, list[Path]]:
    """Run the engine here and write every document of the profile.

    :param folder: created where it is not there; documents of an earlier run are replaced.
    :return: the profile model, and the files written, in the order in which they were.
    """
    engine = ProfilingEngine()
    written: list[Path] = []

    def write(name: str, content: bytes) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / name, content)
        written.append(folder / name)

    light = engine.light(
        specification, [dataset], options or ProfileOptions(), generated_at=generated_at, observer=observer
    )
    write(MOMA_LIGHT, moma.LIGHT.render(light.profile))
    profile = light.profile
    if target is Target.HEAVY:
        profile = engine.heavy(light, observer=observer)
        write(MOMA_HEAVY, moma.HEAVY.render(profile))
        write(cdd_name(profile.dataset_id), cdd.CDD.render(profile))
    write(PROFILE, profile.to_document())
    return profile, written
