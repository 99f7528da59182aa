"""Rules as people write them, and what is wrong with them where they are."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from airflow_provider_profiler.checks.rules import RuleSet
from airflow_provider_profiler.contract.errors import ConfigurationError, InvalidRequest

#: Problems that one message tells.
_TOLD = 20


def rules_of(given: Any, source: str = "The rules") -> RuleSet:
    """Rules from what YAML or JSON holds: a list of them, or an object whose ``rules`` is one.

    :param source: what messages begin with.
    :raises InvalidRequest: with one line for each problem.
    """
    if isinstance(given, RuleSet):
        return given
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        given = {"rules": list(given)}
    if not isinstance(given, Mapping):
        raise InvalidRequest(f"{source} must be a list, or an object with a list of 'rules', not {_kind(given)}.")
    try:
        return RuleSet.model_validate(dict(given))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        lines = [f"\n  - {_place(problem['loc'], given)}{problem['msg']}" for problem in problems[:_TOLD]]
        if len(problems) > _TOLD:
            lines.append(f"\n  - and {len(problems) - _TOLD} more")
        raise InvalidRequest(f"{source} cannot be used:{''.join(lines)}") from None


def rules_from_text(text: str, source: str = "The rules") -> RuleSet:
    """Rules from the text of a YAML or JSON file.

    It is read as YAML 1.2, in which ``no`` and ``12:30`` are texts; keys that are given twice are refused.

    :param source: what messages begin with.
    :raises InvalidRequest: with the line that cannot be read, or one line for each rule that does not fit.
    :raises ConfigurationError: when the library that reads YAML is not installed.
    """
    try:
        from ruamel.yaml import YAML  # noqa: PLC0415 - only where there is a file of rules
        from ruamel.yaml.error import YAMLError  # noqa: PLC0415
    except ImportError:
        raise ConfigurationError("Files of rules are read with ruamel.yaml: pip install ruamel.yaml") from None
    try:
        given = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise InvalidRequest(f"{source} is not YAML{where}: {problem}.") from None
    except ValueError as error:  # a date that is none
        raise InvalidRequest(f"{source} is not YAML: {error}.") from None
    return rules_of(given, source)


def _kind(value: Any) -> str:
    return "empty" if value is None else f"a {type(value).__name__}"


def _place(loc: tuple[int | str, ...], given: Mapping[str, Any]) -> str:
    """Where a problem is: ``rules[2] (range, 'prices').at_most: ``."""
    if len(loc) < 2 or loc[0] != "rules" or not isinstance(loc[1], int):
        return f"{'.'.join(map(str, loc))}: " if loc else ""
    rule = given["rules"][loc[1]]
    named = [str(rule[key]) for key in ("rule", "name") if rule.get(key)] if isinstance(rule, Mapping) else []
    inner = [str(part) for part in loc[2:]]
    if named and inner and inner[0] == named[0]:
        inner = inner[1:]  # the branch of the union, which is no place in the file
    head = f"rules[{loc[1]}]" + (f" ({', '.join(named)})" if named else "")
    return ".".join([head, *inner]) + ": "
