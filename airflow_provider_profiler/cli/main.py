"""The entry point: commands are thin, the work is done in the rooms behind them."""

import sys
import traceback
from collections.abc import Sequence

try:
    import typer
except ImportError:  # the base install has no command line of its own
    sys.exit(
        "dataset-profiler needs the engine or the service: "
        "pip install 'airflow-provider-profiler[engine]' (to profile) or '[service]' (to serve)."
    )

from airflow_provider_profiler import __version__
from airflow_provider_profiler.cli import check, compare, inspect, merge, profile, serve, settings, show, validate
from airflow_provider_profiler.cli.demo.command import demo
from airflow_provider_profiler.cli.examples import epilog
from airflow_provider_profiler.cli.exit_codes import ExitCode
from airflow_provider_profiler.cli.report import with_value
from airflow_provider_profiler.contract.errors import ProfilerError

app = typer.Typer(
    name="dataset-profiler",
    help="Know what is in your datasets.",
    epilog=epilog(),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("profile", epilog=epilog("profile"))(profile.profile)
app.command("merge", epilog=epilog("merge"))(merge.merge)
app.command("inspect", epilog=epilog("inspect"))(inspect.inspect)
app.command("show", epilog=epilog("show"))(show.show)
app.command("compare", epilog=epilog("compare"))(compare.compare_profiles)
app.command("check", epilog=epilog("check"))(check.check)
app.command("validate", epilog=epilog("validate"))(validate.validate)
app.command("serve", epilog=epilog("serve"))(serve.serve)
app.command("settings", epilog=epilog("settings"))(settings.settings)
app.command("demo", hidden=True)(demo)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dataset-profiler {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """Know what is in your datasets."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    :param arguments: what stands after the program's name; ``sys.argv`` where None.
    :return: the exit code: 0 ok, 1 some files failed (documents written), 2 usage, 3 nothing profiled,
        4 a rule found nothing to check, 70 a fault of the program, 130 interrupted.
    """
    try:
        given = sys.argv[1:] if arguments is None else arguments
        app(args=list(with_value(given)), prog_name="dataset-profiler")
    except SystemExit as end:
        if isinstance(end.__context__, typer.Abort):
            return ExitCode.INTERRUPTED
        return end.code if isinstance(end.code, int) else ExitCode.USAGE
    except ProfilerError as error:
        typer.echo(f"dataset-profiler: {error}", err=True)
        return ExitCode.USAGE
    except Exception:
        traceback.print_exc()
        typer.echo(
            "dataset-profiler: this is a fault of the program; please report it with what stands above.", err=True
        )
        return ExitCode.INTERNAL
    return ExitCode.OK
