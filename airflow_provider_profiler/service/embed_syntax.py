"""What ``embed=events(limit=1,sort=-sequence),profile(fields=record_sets)`` asks for."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.service.partial_answers import WHOLE, Selection, parse_fields

_LONGEST = 2000
_LARGEST_LIMIT = 1000
_ITEM = re.compile(r"\s*([A-Za-z_]+)\s*(?:\(([^()]*)\))?\s*(,|$)")


class InvalidEmbed(InvalidRequest):
    """Something was to be embedded that is not there, or in a way that is not understood."""


@dataclass(frozen=True)
class Embeddable:
    """What one name of ``embed`` stands for."""

    model: type[BaseModel]
    """Of it, or of each of its items."""
    limited: bool = False
    """Whether it is a list, of which a part can be asked for."""
    sort: str | None = None
    """The field by which the list can be sorted; None where it has one order."""


@dataclass(frozen=True)
class Embed:
    """One thing to embed."""

    name: str
    limit: int | None = None
    descending: bool = False
    selection: Selection = WHOLE


def parse_embed(text: str, known: Mapping[str, Embeddable]) -> tuple[Embed, ...]:
    """Read the parameter.

    :param known: what can be embedded, by name.
    :raises InvalidEmbed: for anything else, with the valid names.
    :raises InvalidFields: for a field that the embedded thing does not have.
    """
    if len(text) > _LONGEST:
        raise InvalidEmbed(f"embed: is longer than {_LONGEST} characters; embed fewer things.")
    found: dict[str, Embed] = {}
    for name, parameters in _items(text, known):
        if name not in known:
            raise InvalidEmbed(f"embed: {name[:100]!r} cannot be embedded. {_valid(known)}")
        if name in found:
            raise InvalidEmbed(f"embed: {name!r} stands twice; embed it once.")
        found[name] = _embed(name, parameters, known[name])
    return tuple(found.values())


def _items(text: str, known: Mapping[str, Embeddable]) -> Iterator[tuple[str, str]]:
    place = 0
    while True:
        item = _ITEM.match(text, place)
        if item is None:
            raise InvalidEmbed(
                f"embed: {text[place : place + 50]!r} is not understood. Write name, or name(limit=1,sort=-field,"
                f"fields=a;b), separated by commas. {_valid(known)}"
            )
        yield item[1], item[2] or ""
        if not item[3]:
            return
        place = item.end()


def _valid(known: Mapping[str, Embeddable]) -> str:
    return f"What can be: {', '.join(sorted(known))}."


def _embed(name: str, parameters: str, thing: Embeddable) -> Embed:
    limit, descending, selection = None, False, WHOLE
    allowed = ("fields", *(("limit",) if thing.limited else ()), *(("sort",) if thing.sort else ()))
    for parameter in filter(None, parameters.split(",")):
        key, _, value = (part.strip() for part in parameter.partition("="))
        if key not in allowed:
            raise InvalidEmbed(f"embed: {key[:100]!r} is no parameter of {name}; it takes {', '.join(allowed)}.")
        if key == "fields":
            selection = parse_fields(value, thing.model, f"embed: {name}")
        elif key == "limit":
            if not re.fullmatch(r"[0-9]{1,4}", value) or not 0 < int(value) <= _LARGEST_LIMIT:
                raise InvalidEmbed(f"embed: the limit of {name} is a whole number from 1 to {_LARGEST_LIMIT}.")
            limit = int(value)
        elif value.removeprefix("-") == thing.sort:
            descending = value.startswith("-")
        else:
            raise InvalidEmbed(f"embed: {name} is sorted by {thing.sort} or -{thing.sort}.")
    return Embed(name, limit, descending, selection)
