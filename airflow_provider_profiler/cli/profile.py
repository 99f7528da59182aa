"""``dataset-profiler profile PATH``: a file or folder in, documents out, no service needed."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from airflow_provider_profiler.cli.exit_codes import ExitCode
from airflow_provider_profiler.cli.profile_options import options_of_flags
from airflow_provider_profiler.cli.progress import progress_bar
from airflow_provider_profiler.cli.report import REPORT, write_page
from airflow_provider_profiler.config.settings import load_settings, source_date_epoch
from airflow_provider_profiler.contract.errors import ConfigurationError, InvalidRequest
from airflow_provider_profiler.contract.model import document_json
from airflow_provider_profiler.contract.profile import DatasetProfile, DistributionStatus
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.render.report import report_chunks
from airflow_provider_profiler.render.summary import summary_text
from airflow_provider_profiler.storage.locating import locate
from airflow_provider_profiler.storage.object_roots import ResolvedObjects
from airflow_provider_profiler.storage.roots import ResolvedDataset


def profile(
    path: Annotated[str, typer.Argument(help="A dataset's folder, or one file; or its URL in an object store.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the documents; ./profiles/NAME where it is not given.")
    ] = None,
    light: Annotated[bool, typer.Option("--light", help="Only what files are there, not what is in them.")] = False,
    id: Annotated[
        str, typer.Option("--id", help="The dataset's UUID, or a name to derive it from; the path's name otherwise.")
    ] = "",
    columns: Annotated[
        list[str] | None, typer.Option(help="Columns to profile: names or patterns, with commas between them.")
    ] = None,
    where: Annotated[str | None, typer.Option(help='Condition on rows in SQL, such as "price > 10".')] = None,
    sample: Annotated[
        str | None, typer.Option(help="Rows to profile: full, head:1000, random:1000, nth:10 or percent:5.")
    ] = None,
    row_limit: Annotated[int | None, typer.Option(help="Rows of each table to profile at most.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of text files, where it is not found rightly.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="What separates cells: one character, or tab.")] = None,
    workers: Annotated[int | None, typer.Option(help="Units of work that run at a time, at most.")] = None,
    parquet_mirror: Annotated[
        bool, typer.Option("--parquet-mirror", help="Write each table as typed Parquet too, for croissant.json.")
    ] = False,
    croissant_base: Annotated[
        str,
        typer.Option(
            "--croissant-base", help="What names in croissant.json are relative to: dataset (its folder) or out."
        ),
    ] = "dataset",
    reuse: Annotated[
        bool,
        typer.Option(
            "--reuse", help="Do not read files again that have not changed since the profile in the same folder."
        ),
    ] = False,
    options: Annotated[
        str, typer.Option("--options", help="All options by section: JSON, or a file of it. Flags win over it.")
    ] = "",
    report: Annotated[
        str | None,
        typer.Option("--report", metavar="[FILE]", help="Write a page to look at too; report.html beside the others."),
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Write that page and show it in the browser.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a summary.")] = False,
) -> None:
    """Profile a folder or a file and write profile.json, the MoMa documents, the CDD file and croissant.json."""
    chosen = options_of_flags(
        options,
        columns=columns,
        where=where,
        sample=sample,
        row_limit=row_limit,
        encoding=encoding,
        delimiter=delimiter,
        workers=workers,
        parquet_mirror=parquet_mirror,
    )
    secret = load_settings().object_store_options
    dataset = locate(path, secret.get_secret_value() if secret else "")
    folder = (out or Path("profiles") / dataset.name).absolute()
    inside = isinstance(dataset, ResolvedDataset) and folder.resolve().is_relative_to(dataset.path)
    if inside and not dataset.is_file:
        raise InvalidRequest(
            f"The documents would be written into the dataset itself ({folder}); "
            "give a folder outside of it with --out."
        )
    specification = ProfileSpecification.for_path(dataset.dataset_path, dataset_id=id)
    epoch = source_date_epoch()
    generated_at = datetime.now(UTC).replace(microsecond=0) if epoch is None else datetime.fromtimestamp(epoch, UTC)

    profile_to_folder = installed_engine()
    with progress_bar(shown=not (quiet or json)) as observer:
        result, files = profile_to_folder(
            specification,
            dataset,
            folder,
            target=Target.LIGHT if light else Target.HEAVY,
            generated_at=generated_at,
            observer=observer,
            options=chosen,
            croissant_prefix=_croissant_prefix(croissant_base, dataset, folder),
            reuse=reuse,
            tell=(lambda _: None) if quiet or json else typer.echo,
        )
    if report is not None or open_it:
        page = Path(report) if report else folder / REPORT
        files.append(write_page(page, report_chunks(result), open_it=open_it))
    code = exit_code(result)
    if json:
        typer.echo(document_json(outcome(result, files, code)), nl=False)
    elif not quiet:
        typer.echo(summary_text(result))
        typer.echo("Written:")
        for file in files:
            typer.echo(f"  {file}")
    raise typer.Exit(code)


def _croissant_prefix(base: str, dataset: ResolvedDataset | ResolvedObjects, folder: Path) -> str:
    """The dataset's folder as it is seen from where names in croissant.json are relative to.

    :raises InvalidRequest: for another word than ``dataset`` and ``out``.
    """
    if base == "dataset":
        return ""
    if base != "out":
        raise InvalidRequest(f"--croissant-base {base!r} is not understood; write dataset or out.")
    if not isinstance(dataset, ResolvedDataset):
        return f"{dataset.store.url}/{dataset.dataset_path}/"
    holder = dataset.path.parent if dataset.is_file else dataset.path
    relative = os.path.relpath(holder, folder.resolve())
    return "" if relative == "." else f"{Path(relative).as_posix()}/"


def installed_engine() -> Callable[..., tuple[DatasetProfile, list[Path]]]:
    """The engine's entry point, imported only here: the other commands work without the engine's libraries.

    :raises ConfigurationError: when they are not installed.
    """
    try:
        from airflow_provider_profiler.cli.documents import profile_to_folder  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError(
            f"The engine is not installed ({error.name} is missing): pip install 'airflow-provider-profiler[engine]'."
        ) from error
    return profile_to_folder


def exit_code(result: DatasetProfile) -> ExitCode:
    """How the outcome is told to a script."""
    summary = result.summary()
    if not summary.failed:
        return ExitCode.OK
    read = summary.profiled if result.kind is Target.HEAVY else summary.listed
    return ExitCode.SOME_FAILED if read else ExitCode.NOTHING_PROFILED


def outcome(result: DatasetProfile, files: list[Path], code: ExitCode) -> dict[str, object]:
    """What ``--json`` prints: what was found in numbers, what failed and why, and where the documents lie."""
    return {
        "dataset_id": str(result.dataset_id),
        "kind": result.kind.value,
        "exit_code": int(code),
        "summary": result.summary().model_dump(mode="json"),
        "failed": [
            {"path": item.path, "reason": item.reason.model_dump(mode="json") if item.reason else None}
            for item in result.distributions
            if item.status is DistributionStatus.FAILED
        ],
        "warnings": [item.model_dump(mode="json") for item in result.warnings],
        "files": [str(file) for file in files],
    }
