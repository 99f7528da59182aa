"""What the name of a column lets one expect of its values.

A name is a hint and never enough: people call things as they like.
"""

import unicodedata
from functools import lru_cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.casefold().split())


_IDENTIFIERS = _words(
    "id ids identifier uid guid uuid key pk fk code codes nr no num number nummer index rownum "
    "kennung kennziffer kennnummer schlussel schluessel codigo codice cle clave chiave numero kod kode matricule "
    "κωδικος κωδ αριθμος αρ ид код номер "
    "isbn issn ean gtin sku asin iban bic vat ssn doi orcid barcode fips iata icao iso zip zipcode postcode plz"
)
#: Words that tell of an identifier at the start of a name as well: ``id_student``, ``codigo_postal``.
_FIRST = _words("id code codigo codice kod kode κωδικος κωδ код nr zip postal")
_LATITUDES = _words("lat lats latitude latitud latitudine latitudes breitengrad широта γεωγραφικοπλατος")
_LONGITUDES = _words(
    "lon lng lons longitude longitud longitudine longitudes langengrad laengengrad долгота γεωγραφικομηκος"
)
#: Words that mean a width or a length as often: they count where both are there.
_MAYBE_LATITUDES = _words("breite πλατος")
_MAYBE_LONGITUDES = _words("long lange laenge μηκος")
_YEARS = _words("year years yr jahr annee ano anio anno rok jaar ετος χρονια год")
_MOMENTS = _words(
    "time date datetime timestamp ts epoch created updated modified datum zeit zeitpunkt fecha hora heure ημερομηνια "
    "ωρα дата время"
)
_FLAGS_FIRST = _words("is has was can ist hat est")
_FLAGS_LAST = _words("flag flags bool boolean yn indicator")
_PHONES = _words("phone telephone tel telefon telefono mobile fax handy τηλεφωνο τηλ κινητο телефон")


@lru_cache(maxsize=4096)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, without accents: ``PULocationID`` is ``pu location id``.

    A word ends before a capital that follows a small letter, and before the last of several capitals that a small
    letter follows.
    """
    plain = "".join(sign for sign in unicodedata.normalize("NFD", name) if not unicodedata.combining(sign))
    plain = plain.replace("IDs", "Ids")
    words = [""]
    for place, sign in enumerate(plain):
        before, after = plain[place - 1 : place], plain[place + 1 : place + 2]
        begins = sign.isupper() and (before.islower() or (before.isupper() and after.islower()))
        if begins or not sign.isalnum() or before.isdigit() != sign.isdigit():
            words.append("")
        if sign.isalnum():
            words[-1] += sign
    return tuple(word.casefold() for word in words if word)


def names_identifier(name: str) -> bool:
    """Whether the name speaks of an identifier, a code or a key."""
    words = name_words(name)
    return bool(words) and not names_phone(name) and (words[-1] in _IDENTIFIERS or words[0] in _FIRST)


def names_latitude(name: str, *, unsure: bool = False) -> bool:
    """Whether the name speaks of a latitude.

    :param unsure: words count as well that mean something else as often.
    """
    return _has(name, _LATITUDES | _MAYBE_LATITUDES if unsure else _LATITUDES)


def names_longitude(name: str, *, unsure: bool = False) -> bool:
    """Whether the name speaks of a longitude; see :func:`names_latitude`."""
    return _has(name, _LONGITUDES | _MAYBE_LONGITUDES if unsure else _LONGITUDES)


def names_year(name: str) -> bool:
    """Whether the name speaks of a year."""
    return _has(name, _YEARS)


def names_moment(name: str) -> bool:
    """Whether the name speaks of a point in time."""
    return _has(name, _MOMENTS)


def names_flag(name: str) -> bool:
    """Whether the name asks a question that is answered by yes or no."""
    words = name_words(name)
    return len(words) > 1 and (words[0] in _FLAGS_FIRST or words[-1] in _FLAGS_LAST)


def names_phone(name: str) -> bool:
    """Whether the name speaks of a telephone."""
    return _has(name, _PHONES)


def subject_words(name: str) -> frozenset[str]:
    """What a name speaks of, in the singular and without the words that only say that it is a key.

    ``video_ids`` and ``Videos`` both speak of ``video``.
    """
    words = (word for word in name_words(name) if word not in _IDENTIFIERS and len(word) > 1 and not word.isdigit())
    return frozenset(map(_singular, words))


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _has(name: str, words: frozenset[str]) -> bool:
    return not words.isdisjoint(name_words(name))
