"""What an earlier profile left behind, read with suspicion: whatever does not fit together is not used at all."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import UUID

from pydantic import ValidationError

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.profile import DatasetProfile, Distribution, DistributionKind, RecordSet
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling.reuse.layout import KeptFile, ReuseDocument, decoded, profile_digest
from airflow_provider_profiler.profiling.reuse.unusable import UnusableEarlier
from airflow_provider_profiler.profiling.stored_states.layout import StoredTable
from airflow_provider_profiler.profiling.stored_states.reading import SavedStates
from airflow_provider_profiler.profiling.table_state import TableState
from airflow_provider_profiler.storage.results import PARTS, PROFILE, REUSE, STATES


@dataclass(frozen=True)
class EarlierProfile:
    """The documents of an earlier profile in a folder; the states stay in their files until they are asked for."""

    folder: Path
    document: ReuseDocument
    states: SavedStates
    parts: SavedStates | None = None

    @classmethod
    def open(cls, folder: Path) -> "EarlierProfile":
        """Read what was kept of a profile.

        :param folder: with its ``reuse.json``, ``states.bin`` and, where there is one, ``parts.bin``.
        :raises UnusableEarlier: when something is missing, damaged, of another version, or not of one profile.
        """
        try:
            with (folder / REUSE).open("rb") as file:
                document = decoded(file)
            states = SavedStates.open(folder / STATES)
            parts = None if document.parts is None else SavedStates.open(folder / PARTS)
        except OSError as error:
            raise UnusableEarlier(f"{REUSE}: {error.strerror}") from error
        except InvalidRequest as error:
            raise UnusableEarlier(str(error).rstrip(".").replace(f"{folder}/", "")) from error
        except UnusableEarlier as error:
            raise UnusableEarlier(f"{REUSE}: {error}") from error
        fits = states.content_sha256 == document.states and states.profile.generated_at == document.generated_at
        if not fits or (parts is not None and parts.content_sha256 != document.parts):
            raise UnusableEarlier(f"{REUSE} and the states beside it are not of one profile")
        return cls(folder, document, states, parts)

    @property
    def specification(self) -> ProfileSpecification:
        """What was said of the dataset."""
        return self.states.profile.specification

    @cached_property
    def files(self) -> dict[str, KeptFile]:
        """The files by path."""
        return {file.path: file for file in self.document.files}

    @cached_property
    def distributions(self) -> dict[str, Distribution]:
        """What the profile says of its files, by path."""
        return {item.path: item for item in self.states.profile.distributions if item.kind is DistributionKind.FILE}

    @cached_property
    def record_sets(self) -> dict[UUID, RecordSet]:
        """The tables by their ids.

        :raises UnusableEarlier: when the profile is not there, or damaged.
        """
        return {item.id: item for item in self.heavy().record_sets}

    @cached_property
    def _stored(self) -> dict[tuple[str, str], tuple[SavedStates, StoredTable]]:
        files = [self.states] if self.parts is None else [self.states, self.parts]
        return {(table.path, table.sha256): (saved, table) for saved in files for table in saved.tables}

    def has_states(self, path: str, sha256: str) -> bool:
        """Whether the states of a table are there."""
        return (path, sha256) in self._stored

    def state(self, path: str, sha256: str) -> TableState:
        """The states of a table.

        :raises UnusableEarlier: when they are damaged or gone.
        """
        try:
            saved, table = self._stored[path, sha256]
            return saved.state(table)
        except KeyError:
            raise UnusableEarlier(f"there are no states of {path}") from None
        except InvalidRequest as error:
            raise UnusableEarlier(str(error).rstrip(".").replace(f"{self.folder}/", "")) from error
        except OSError as error:
            raise UnusableEarlier(f"the states of {path}: {error.strerror}") from error

    def check_states(self) -> None:
        """Read all states without making anything of them.

        :raises UnusableEarlier: when they are damaged or gone.
        """
        try:
            for saved, table in self._stored.values():
                for _ in saved.pieces(table):
                    pass
        except InvalidRequest as error:
            raise UnusableEarlier(str(error).rstrip(".").replace(f"{self.folder}/", "")) from error
        except OSError as error:
            raise UnusableEarlier(f"the states: {error.strerror}") from error

    def light(self) -> DatasetProfile:
        """The light profile, as it was."""
        listed = {
            "kind": Target.LIGHT,
            "distributions": self.document.light,
            "warnings": self.document.light_warnings,
            "record_sets": (),
        }
        return self.states.profile.model_copy(update=listed)

    def heavy(self) -> DatasetProfile:
        """The heavy profile, as it was.

        :raises UnusableEarlier: when it is not there, damaged, or not the one that the states are of.
        """
        try:
            profile = DatasetProfile.from_document((self.folder / PROFILE).read_bytes())
        except OSError as error:
            raise UnusableEarlier(f"{PROFILE}: {error.strerror}") from error
        except ValidationError as error:
            raise UnusableEarlier(f"{PROFILE}: it is damaged, or written in another way") from error
        if profile_digest(profile) != self.document.profile:
            raise UnusableEarlier(f"{PROFILE} is not the one that {REUSE} was written beside")
        return profile
