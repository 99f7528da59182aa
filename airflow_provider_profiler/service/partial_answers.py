"""Parts of answers: ``fields=state;progress.percent`` leaves the named fields of a JSON answer and nothing else."""

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from airflow_provider_profiler.contract.errors import InvalidRequest

_LONGEST = 2000
_DEEPEST = 10


class InvalidFields(InvalidRequest):
    """A field was asked for that the answer does not have."""


@dataclass(frozen=True)
class Selection:
    """Which members of an object stay; all of them where none is named."""

    members: Mapping[str, "Selection"] = field(default_factory=dict)

    def of(self, value: Any) -> Any:
        """The selected part of a JSON value; of a list, of each of its items."""
        if not self.members:
            return value
        if isinstance(value, list):
            return [self.of(item) for item in value]
        if isinstance(value, dict):
            return {name: below.of(value[name]) for name, below in self.members.items() if name in value}
        return value


WHOLE = Selection()


def parse_fields(text: str, model: type[BaseModel], where: str = "fields") -> Selection:
    """Read a list of fields, separated by semicolons, with dots between the levels.

    :param model: what the answer holds.
    :param where: the parameter's name, for messages.
    :raises InvalidFields: for a name that the model does not have, with those that it has.
    """
    if len(text) > _LONGEST:
        raise InvalidFields(f"{where}: is longer than {_LONGEST} characters; name fewer fields.")
    tree: dict[str, Any] = {}
    for path in text.split(";"):
        names = path.strip().split(".")
        if len(names) > _DEEPEST:
            raise InvalidFields(f"{where}: {path.strip()[:100]!r} has more than {_DEEPEST} levels.")
        _check(names, model, where)
        branch = tree
        for name in names[:-1]:
            branch = branch.setdefault(name, {})
            if branch is None:  # the whole of it was asked for already
                break
        else:
            branch[names[-1]] = None
    return _selection(tree)


def _selection(tree: Mapping[str, Any]) -> Selection:
    return Selection({name: WHOLE if below is None else _selection(below) for name, below in tree.items()})


def _check(names: list[str], annotation: Any, where: str) -> None:
    reached = ""
    for name in names:
        known = _members(annotation)
        if known is None:  # an object of any members
            return
        if name not in known:
            place = f"{reached!r} has" if reached else "There are"
            valid = ", ".join(sorted(known)) if known else "none: it is a plain value"
            raise InvalidFields(f"{where}: {name[:100]!r} is not a field. {place} the fields {valid}.")
        annotation = known[name]
        reached = f"{reached}.{name}" if reached else name


def _members(annotation: Any) -> dict[str, Any] | None:
    """The fields of a type, through lists and optional ones; none for plain values, None where any name may stand."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _members(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        parts = [_members(part) for part in get_args(annotation)]
        return None if None in parts else {name: kind for part in parts if part for name, kind in part.items()}
    if origin in (tuple, list):
        return _members(get_args(annotation)[0])
    if origin is dict or annotation in (dict, Any):
        return None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {name: info.annotation for name, info in annotation.model_fields.items()}
    return {}
