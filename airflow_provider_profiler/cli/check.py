"""``dataset-profiler check PROFILE RULES``: whether a dataset is what somebody expects of it."""

import datetime
import json
from pathlib import Path
from typing import Annotated

import typer

from airflow_provider_profiler.checks.checking import check_profile
from airflow_provider_profiler.checks.loading import rules_from_text
from airflow_provider_profiler.checks.outcome import CheckReport, Outcome
from airflow_provider_profiler.checks.rules import RuleSet
from airflow_provider_profiler.cli.exit_codes import ExitCode
from airflow_provider_profiler.cli.show import read_profile
from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.render.text import count_text, printable
from airflow_provider_profiler.storage.results import PROFILE


def check(
    profile: Annotated[Path, typer.Argument(help="A profile.json, or the folder that holds one.")],
    rules: Annotated[Path, typer.Argument(help="The rules, a YAML or JSON file.")],
    last: Annotated[
        Path | None, typer.Option(help="The profile.json of an earlier revision, for rules that compare with it.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="The moment from which ages are counted, in ISO 8601; now without it.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count like errors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole report as a JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but what is not OK.")] = False,
) -> None:
    """Hold rules against a profile.

    Exit code 0: nothing is broken. 1: a rule of the severity error is broken, or with --strict a warning was given.
    2: the profile or the rules cannot be used. 4: a rule found nothing to check, and none is broken.
    """
    report = check_profile(
        _profile(profile),
        _rules(rules),
        last=None if last is None else _profile(last),
        now=datetime.datetime.now(datetime.UTC) if as_of is None else _moment(as_of),
    )
    if as_json:
        typer.echo(json.dumps(report.model_dump(mode="json"), ensure_ascii=False, indent=2))
    else:
        _tell(report, quiet=quiet)
    raise typer.Exit(_exit_code(report, strict=strict))


def _exit_code(report: CheckReport, *, strict: bool) -> ExitCode:
    if report.passes(strict=strict):
        return ExitCode.OK
    return ExitCode.NOTHING_CHECKED if report.outcome is Outcome.EMPTY else ExitCode.SOME_FAILED


def _tell(report: CheckReport, *, quiet: bool) -> None:
    for result in report.results:
        if result.outcome is not Outcome.OK or not quiet:
            typer.echo(f"{result.outcome.value:<7} {printable(result.rule)}: {printable(result.message)}")
    if not quiet:
        counts = ", ".join(f"{count:,} {outcome.value}" for outcome in Outcome if (count := report.count(outcome)))
        typer.echo(f"{count_text(len(report.results), 'result')}: {counts}")


def _profile(path: Path) -> DatasetProfile:
    return read_profile(path / PROFILE if path.is_dir() else path)


def _rules(path: Path) -> RuleSet:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidRequest(f"Cannot read {path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InvalidRequest(f"Cannot read {path}: it is not UTF-8.") from None
    return rules_from_text(text, str(path))


def _moment(text: str) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(f"--as-of: {text!r} is not a moment such as '2026-01-31T02:00:00+00:00'.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
