"""The words in dates and times: names of months, days of the week and zones, halves of the day."""

import numpy as np
import pyarrow as pa

from airflow_provider_profiler.profiling.semantics.calendar_layouts import CalendarPlan
from airflow_provider_profiler.profiling.semantics.month_names import ZONE_MINUTES, month_named, weekday_languages
from airflow_provider_profiler.profiling.semantics.text_bytes import Bytes, Mask
from airflow_provider_profiler.profiling.statistics.encoding import Integers

#: What stands between day and month, and month and year, in Spanish and Portuguese.
_OF_WORDS = frozenset({"de"})
_OF_LANGUAGES = ("es", "pt")


class CalendarWords:
    """The words of texts of one layout, and where they mean something."""

    def __init__(self, plan: CalendarPlan, matrix: Bytes) -> None:
        self.sound: Mask | None = None
        self.months: Integers | None = None
        self.afternoon: Mask | None = None
        self.zone_minutes: Integers | int = 0
        #: For each kind of word with several: the position of each text's word, and what the form says of each.
        self.forms: list[tuple[str, Integers, list[str], list[tuple[str, ...]]]] = []
        for name, place in plan.words.items():
            codes, words = different_words(matrix[:, place[0] : place[1]])
            getattr(self, f"_{name}")(codes, words)

    def _add(self, name: str, codes: Integers, forms: list[str | None], languages: list[tuple[str, ...]]) -> None:
        if None in forms:
            known = np.array([form is not None for form in forms])
            self.sound = both(self.sound, known[codes])
        self.forms.append((name, codes, [form or "" for form in forms], languages))

    def _month_name(self, codes: Integers, words: list[str]) -> None:
        found = [month_named(word) for word in words]
        numbers = np.array([0 if month is None else month.number for month in found])
        self.months = numbers[codes]
        forms = [
            None if month is None else ("%B" if month.whole and len(word) > 3 else "%b") + "." * word.endswith(".")
            for word, month in zip(words, found, strict=True)
        ]
        self._add("month_name", codes, forms, [() if month is None else month.languages for month in found])

    def _weekday(self, codes: Integers, words: list[str]) -> None:
        languages = [weekday_languages(word) for word in words]
        forms = [
            ("%A" if len(word) > 4 else "%a") if known else None for word, known in zip(words, languages, strict=True)
        ]
        self._add("weekday", codes, forms, languages)

    def _of_month(self, codes: Integers, words: list[str]) -> None:
        self._add(
            "of_month", codes, [word if word in _OF_WORDS else None for word in words], [("es", "pt")] * len(words)
        )

    def _of_year(self, codes: Integers, words: list[str]) -> None:
        self._add(
            "of_year", codes, [word if word in _OF_WORDS else None for word in words], [("es", "pt")] * len(words)
        )

    def _tee(self, codes: Integers, words: list[str]) -> None:
        self._add("tee", codes, [word if word == "T" else None for word in words], [()] * len(words))

    def _week_letter(self, codes: Integers, words: list[str]) -> None:
        self._add("week_letter", codes, [word if word == "W" else None for word in words], [()] * len(words))

    def _half(self, codes: Integers, words: list[str]) -> None:
        self._add("half", codes, ["%p" if word.lower() in ("am", "pm") else None for word in words], [()] * len(words))
        self.afternoon = np.array([word.lower() == "pm" for word in words])[codes]

    def _zone(self, codes: Integers, words: list[str]) -> None:
        forms = [("%z" if word == "Z" else "%Z") if word in ZONE_MINUTES else None for word in words]
        self._add("zone", codes, forms, [()] * len(words))
        minutes = [ZONE_MINUTES.get(word, 0) for word in words]
        self.zone_minutes = minutes[0] if len(words) == 1 else np.array(minutes)[codes]


def different_words(words: Bytes) -> tuple[Integers, list[str]]:
    """The words that rows have, and where among them each row's word stands.

    :param words: shape (rows, bytes of each word).
    """
    if (words == words[0]).all():
        return np.zeros(len(words), np.int64), [words[0].tobytes().decode("utf-8", "replace")]
    buffers = [None, pa.py_buffer(words.tobytes())]
    array = pa.FixedSizeBinaryArray.from_buffers(pa.binary(words.shape[1]), len(words), buffers).dictionary_encode()
    codes = array.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, [word.decode("utf-8", "replace") for word in array.dictionary.to_pylist()]


def both(one: Mask | None, other: Mask | None) -> Mask | None:
    """Both masks together, where None lets everything pass."""
    return other if one is None else one if other is None else one & other
