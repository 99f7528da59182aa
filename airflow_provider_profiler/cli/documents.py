"""A folder of documents: of one dataset, the light ones as soon as they are known, or of several merged ones."""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.merging.merge import merge_saved
from airflow_provider_profiler.profiling.observer import Observer
from airflow_provider_profiler.profiling.reuse.earlier import EarlierProfile
from airflow_provider_profiler.profiling.reuse.keeping import Keeping
from airflow_provider_profiler.profiling.reuse.ledger import Ledger
from airflow_provider_profiler.profiling.reuse.unusable import UnusableEarlier
from airflow_provider_profiler.profiling.stored_states.reading import SavedStates
from airflow_provider_profiler.render.croissant import croissant_renderer
from airflow_provider_profiler.render.documents import Document, Renderings, documents_of
from airflow_provider_profiler.render.text import count_text
from airflow_provider_profiler.storage.atomic import write_atomic
from airflow_provider_profiler.storage.object_roots import ResolvedObjects
from airflow_provider_profiler.storage.results import PARTS, REUSE, STATES
from airflow_provider_profiler.storage.roots import ResolvedDataset

log = logging.getLogger(__name__)


def profile_to_folder(
    specification: ProfileSpecification,
    dataset: ResolvedDataset | ResolvedObjects,
    folder: Path,
    *,
    target: Target,
    generated_at: datetime,
    observer: Observer,
    options: ProfileOptions | None = None,
    croissant_prefix: str = "",
    reuse: bool = False,
    tell: Callable[[str], None] = log.info,
) -> tuple[DatasetProfile, list[Path]]:
    """Run the engine here and write every document of the profile.

    :param folder: created where it is not there; documents of an earlier run are replaced.
    :param croissant_prefix: the dataset's folder as it is seen from where file names in the Croissant document are
        relative to; empty for the dataset's folder itself.
    :param reuse: do not read files again that have not changed since the profile that lies in the folder, and keep what
        the next one needs for that.
    :param tell: is told what came of that.
    :return: the profile model, and the files written, in the order in which they were.
    :raises InvalidRequest: when nothing can be written there.
    """
    renderings = Renderings(croissant=croissant_renderer(croissant_prefix))
    engine = ProfilingEngine()
    write = _Writer(folder)
    ledger = Ledger(_earlier(folder)) if reuse else None
    light = engine.light(
        specification,
        [dataset],
        options or ProfileOptions(),
        generated_at=generated_at,
        observer=observer,
        ledger=ledger,
    )
    if target is Target.LIGHT:
        write.all(documents_of(light.profile, renderings=renderings))
        return light.profile, write.written
    # The first one as soon as it is known, and nothing is read where it cannot be written.
    first, *_ = documents_of(light.profile, renderings=renderings)
    write(first)
    keep = Keeping(folder, parts=True) if reuse else None
    profile = engine.heavy(light, observer=observer, states=folder / STATES, mirrors=folder, keep=keep)
    write.written.append(folder / STATES)
    write.written.extend(folder / name for name in (REUSE, PARTS) if reuse and (folder / name).exists())
    if ledger is not None:
        outcome = ledger.outcome
        unchanged, read = (count_text(number, "file") for number in (outcome.unchanged, outcome.read))
        tell(f"{unchanged} unchanged since the profile that was there, {read} read.")
    write.written.extend(folder / table.mirror.path for table in profile.record_sets if table.mirror is not None)
    write.all(item for item in documents_of(profile, light.profile, renderings) if item.name != first.name)
    return profile, write.written


def _earlier(folder: Path) -> EarlierProfile | None:
    """What an earlier run left in the folder; None where there is nothing, or it cannot be used."""
    if not (folder / REUSE).exists():
        return None
    try:
        return EarlierProfile.open(folder)
    except UnusableEarlier as error:
        log.warning("Everything is read: what lies in %s cannot be used (%s).", folder, error)
        return None


def merge_to_folder(
    sources: Sequence[Path], folder: Path, *, dataset_id: str, name: str, generated_at: datetime
) -> tuple[DatasetProfile, list[Path]]:
    """Merge saved states and write every document of the merged profile.

    :param sources: folders of profiles, or their ``states.bin``.
    :param folder: created where it is not there, and possibly one of the sources; earlier documents are replaced.
    :param dataset_id: the merged dataset's UUID or a name to derive one from; empty where it follows from the sources.
    :param name: its name; empty where it follows from the sources.
    :return: the profile model, and the files written, in the order in which they were.
    :raises InvalidRequest: when the sources cannot be read, or do not fit together, or nothing can be written.
    """
    saved = [SavedStates.open(source) for source in sources]
    write = _Writer(folder)
    write.make_folder()
    profile = merge_saved(saved, dataset_id=dataset_id, name=name, generated_at=generated_at, states=folder / STATES)
    write.written.append(folder / STATES)
    write.all(documents_of(profile))
    return profile, write.written


class _Writer:
    """Writes documents into a folder and remembers which."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.written: list[Path] = []

    def make_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot_write(self._folder, error) from error

    def __call__(self, document: Document) -> None:
        self.make_folder()
        path = self._folder / document.name
        try:
            write_atomic(path, document.chunks)
        except OSError as error:
            raise _cannot_write(path, error) from error
        self.written.append(path)

    def all(self, documents: Iterable[Document]) -> None:
        for document in documents:
            self(document)


def _cannot_write(path: Path, error: OSError) -> InvalidRequest:
    # Left as it is, Python would end with 1, which tells scripts that documents were written.
    return InvalidRequest(f"Cannot write {path}: {error.strerror}. Give another folder with --out.")
