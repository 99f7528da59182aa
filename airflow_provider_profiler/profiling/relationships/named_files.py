"""Which values of a column name files of the dataset."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.contract.profile import Distribution, DistributionKind
from airflow_provider_profiler.profiling.formats import stem_of
from airflow_provider_profiler.profiling.relationships.chance import WITHOUT_NAMES, rarity
from airflow_provider_profiler.profiling.relationships.kept_values import KeptValues
from airflow_provider_profiler.profiling.semantics.name_hints import name_words, subject_words
from airflow_provider_profiler.profiling.semantics.value_patterns import Mask, are_digits
from airflow_provider_profiler.profiling.statistics.encoding import Integers
from airflow_provider_profiler.profiling.statistics.hashing import Hashes, hash_bytes

#: Of the values those that have to name a file with its extension, or without it.
_LEAST_NAMES, _LEAST_STEMS = 0.5, 0.9
#: Different names without extension: fewer may be chance whatever they look like.
_FEWEST_STEMS = 3
_ENGLISH = "file filename path image img picture photo photograph document doc attachment media audio video scan page"
_OTHERS = "datei pfad bild foto dokument fichier chemin archivo ruta imagen documento immagine αρχειο εικονα εγγραφο"
_WORDS = frozenset((*_ENGLISH.split(), *_OTHERS.split()))


@dataclass(frozen=True)
class NamedFiles:
    """The files of a dataset by their names in lower case, with extension and without."""

    names: Hashes
    stems: Hashes
    """Ascending, as the names are."""
    kinds: tuple[frozenset[str], ...]
    """For each stem the words of the extensions and folders of its files."""
    values: KeptValues
    """The stems as texts, to tell how likely they are met by chance."""

    @classmethod
    def of(cls, distributions: Sequence[Distribution]) -> "NamedFiles":
        """The files among the distributions."""
        names: set[str] = set()
        stems: dict[str, set[str]] = {}
        for item in distributions:
            if item.kind is not DistributionKind.FILE:
                continue
            folder, _, name = item.path.rpartition("/")
            name = name.lower()
            stem = stem_of(name)
            if stem != name:
                names.add(name)
            words = {*subject_words(folder.rpartition("/")[2]), *name_words(name[len(stem) :])}
            stems.setdefault(stem, set()).update(words)
        hashed = _hashes(sorted(stems))
        order = np.argsort(hashed)
        kinds = [frozenset(stems[stem]) for stem in sorted(stems)]
        texts = pa.array(sorted(stems), pa.large_string())
        return cls(
            np.sort(_hashes(sorted(names))),
            hashed[order],
            tuple(kinds[place] for place in order.tolist()),
            KeptValues(texts, np.ones(len(texts), np.int64), exact=True),
        )

    @cached_property
    def _rarities(self) -> tuple[float, float]:
        """What one stem that is met says against chance: of those that are numbers, and of the others."""
        numbers = are_digits(self.values.texts)
        found = []
        for kept in (numbers, ~numbers):
            texts = self.values.texts.filter(pa.array(kept))
            found.append(rarity(KeptValues(texts, self.values.rows[kept], exact=True)))
        return found[0], found[1]

    def named_by(self, column: str, values: KeptValues) -> Mask | None:
        """Which values name a file; None where these are too few, or so plain that they may be anything.

        What stands before the last slash is passed over: data are moved, and paths are of where they were. Names
        without extension must be nearly all, and the column's name must speak of files, of a folder's or an
        extension's word, or else chance must be out of the question.

        :param column: the column's name.
        """
        if not len(values):
            return None
        lowered = pc.utf8_lower(pc.replace_substring(values.texts, "\\", "/"))
        hashes = hash_bytes(pc.replace_substring_regex(lowered, "^.*/", "").cast(pa.large_binary()))
        total = int(values.rows.sum())
        with_extension = _among(hashes, self.names)[0]
        if values.rows[with_extension].sum() >= _LEAST_NAMES * total:
            return with_extension
        found, places = _among(hashes, self.stems)
        if values.rows[found].sum() < _LEAST_STEMS * total or found.sum() < _FEWEST_STEMS:
            return None
        told = {word for place in places[found].tolist() for word in self.kinds[place]} | _WORDS
        if told.isdisjoint({*subject_words(column), *name_words(column)}):
            numbers = int(are_digits(values.texts.filter(pa.array(found))).sum())
            of_number, of_word = self._rarities
            if numbers * of_number + (int(found.sum()) - numbers) * of_word < WITHOUT_NAMES:
                return None
        return found


def _hashes(texts: Sequence[str]) -> Hashes:
    return hash_bytes(pa.array(texts, pa.large_string()).cast(pa.large_binary()))


def _among(hashes: Hashes, known: Hashes) -> tuple[Mask, Integers]:
    """Which hashes are among the known ones, and where."""
    if not len(known):
        return np.zeros(len(hashes), np.bool_), np.zeros(len(hashes), np.int64)
    places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    found: Mask = known[places] == hashes
    return found, places
