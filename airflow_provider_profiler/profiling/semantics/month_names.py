"""Months, days of the week and time zones by their names."""

import unicodedata
from functools import cache
from typing import NamedTuple

#: By language: the forms of each month's name, whole ones before those that are cut. After Unicode CLDR; accents and
#: case make no difference, nor does a point at the end.
_MONTHS = {
    "en": "january jan|february feb|march mar|april apr|may may|june jun|july jul|august aug|september sep sept|"
    "october oct|november nov|december dec",
    "de": "januar jänner jan jän|februar feb|märz maerz mär mrz|april apr|mai mai|juni jun|juli jul|august aug|"
    "september sep sept|oktober okt|november nov|dezember dez",
    "fr": "janvier janv jan|février févr fév|mars mars mar|avril avr|mai mai|juin juin|juillet juil|août août|"
    "septembre sept sep|octobre oct|novembre nov|décembre déc",
    "es": "enero ene|febrero feb|marzo mar|abril abr|mayo may|junio jun|julio jul|agosto ago|septiembre setiembre sep "
    "sept set|octubre oct|noviembre nov|diciembre dic",
    "it": "gennaio gen|febbraio feb|marzo mar|aprile apr|maggio mag|giugno giu|luglio lug|agosto ago|settembre set|"
    "ottobre ott|novembre nov|dicembre dic",
    "pt": "janeiro jan|fevereiro fev|março mar|abril abr|maio mai|junho jun|julho jul|agosto ago|setembro set|"
    "outubro out|novembro nov|dezembro dez",
    "el": "ιανουάριος ιανουαρίου ιαν|φεβρουάριος φεβρουαρίου φεβ|μάρτιος μαρτίου μαρ μάρ|απρίλιος απριλίου απρ|"
    "μάιος μαΐου μάι μαΐ|ιούνιος ιουνίου ιουν ιούν|ιούλιος ιουλίου ιουλ ιούλ|αύγουστος αυγούστου αυγ αύγ|"
    "σεπτέμβριος σεπτεμβρίου σεπ σεπτ|οκτώβριος οκτωβρίου οκτ|νοέμβριος νοεμβρίου νοε νοέ|"
    "δεκέμβριος δεκεμβρίου δεκ",
}
_WHOLE_NAMES = {"de": 2, "es": 2, "el": 2}
_WEEKDAYS = {
    "en": "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun",
    "de": "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim",
    "es": "lunes martes miércoles jueves viernes sábado domingo lun mar mié jue vie sáb dom",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica lun mar mer gio ven sab dom",
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo seg ter qua qui sex sáb dom",
    "el": "δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή δευ τρι τετ πεμ παρ σαβ κυρ",
}
#: Minutes east of Greenwich. The American names are those of RFC 2822; names that several places use in different
#: ways (BST, IST, AST) are left out.
ZONE_MINUTES = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "UT": 0,
    "EST": -300,
    "EDT": -240,
    "CST": -360,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
    "WET": 0,
    "WEST": 60,
    "CET": 60,
    "CEST": 120,
    "EET": 120,
    "EEST": 180,
    "MSK": 180,
    "JST": 540,
}
LANGUAGES = tuple(_MONTHS)


class MonthName(NamedTuple):
    """A word for a month: its number from 1, whether it is written out, and the languages that have the word."""

    number: int
    whole: bool
    languages: tuple[str, ...]


def plain_word(word: str) -> str:
    """The word without case, accents and a point at its end."""
    bare = unicodedata.normalize("NFD", word.rstrip(".").lower().replace("ς", "σ"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


@cache
def _months() -> dict[str, MonthName]:
    found: dict[str, MonthName] = {}
    for language, months in _MONTHS.items():
        for number, names in enumerate(months.split("|"), start=1):
            whole = {plain_word(name) for name in _whole_names(language, names.split())}
            for name in {plain_word(name) for name in names.split()}:
                known = found.get(name, MonthName(number, False, ()))
                if known.number != number:
                    raise AssertionError(f"{name!r} names two months")
                found[name] = MonthName(number, known.whole or name in whole, (*known.languages, language))
    return found


def _whole_names(language: str, names: list[str]) -> list[str]:
    # The nominative and the genitive, or a second name, come first where a language has two.
    count = _WHOLE_NAMES.get(language, 1)
    return [name for name in names[:count] if len(name) > 4 or name == names[0]]


@cache
def _weekdays() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language, names in _WEEKDAYS.items():
        for name in {plain_word(name) for name in names.split()}:
            found[name] = (*found.get(name, ()), language)
    return found


def month_named(word: str) -> MonthName | None:
    """The month that a word is for, in any of the :data:`LANGUAGES`; None where it is for none."""
    return _months().get(plain_word(word))


def weekday_languages(word: str) -> tuple[str, ...]:
    """The languages in which the word is a day of the week."""
    return _weekdays().get(plain_word(word), ())


def month_words() -> tuple[str, ...]:
    """All words for months, without case and accents."""
    return tuple(_months())


def month_spellings() -> tuple[str, ...]:
    """All words for months and days of the week as they are spelled, in lower case."""
    months = [name for names in _MONTHS.values() for month in names.split("|") for name in month.split()]
    return tuple(dict.fromkeys([*months, *(name for names in _WEEKDAYS.values() for name in names.split())]))
