"""Pages and comparisons on the command line, and what a terminal shows."""

import io
import json

import pytest
from rich.console import Console

from airflow_provider_profiler.cli import report as pages
from airflow_provider_profiler.cli.main import main
from airflow_provider_profiler.cli.profile_table import blocks, profile_table
from airflow_provider_profiler.cli.progress import BarObserver
from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.profiling import profile


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for month, amount in (("january", 30), ("february", 40)):
        (tmp_path / month).mkdir()
        rows = "".join(f"{n},{n % 3},town {n % 4}\n" for n in range(amount))
        (tmp_path / month / "orders.csv").write_text("order,price,town\n" + rows, "utf-8")
        assert main(["profile", month, "--out", f"profiles/{month}", "--quiet"]) == 0
    return tmp_path


@pytest.fixture
def opened(monkeypatch) -> list[str]:
    shown: list[str] = []
    monkeypatch.setattr(pages.webbrowser, "open", shown.append)
    return shown


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["profile", "data", "--report"], ["profile", "data", "--report="]),
        (["profile", "--report", "data"], ["profile", "--report=", "data"]),
        (["profile", "--report", "a.html", "data"], ["profile", "--report=a.html", "data"]),
        (["profile", "--report=x", "data"], ["profile", "--report=x", "data"]),
        (["show", "--report", "--open", "p"], ["show", "--report=", "--open", "p"]),
        (["profile", "--report", "--report", "b.HTM"], ["profile", "--report=", "--report=b.HTM"]),
        (["profile", "--", "--report", "x.html"], ["profile", "--", "--report", "x.html"]),
        ([], []),
    ],
)
def test_a_report_with_and_without_a_name(given, told):
    assert list(pages.with_value(given)) == told


def test_the_report_lies_beside_the_documents(shop, capsys, opened):
    assert main(["profile", "january", "--report", "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert files[-1] == str(shop / "profiles" / "january" / "report.html")
    assert b"<title>january</title>" in (shop / "profiles" / "january" / "report.html").read_bytes()
    assert main(["profile", "january", "--report", "pages/jan.html", "--open", "--quiet"]) == 0
    assert (shop / "pages" / "jan.html").is_file()
    assert opened == [(shop / "pages" / "jan.html").as_uri()]


def test_a_report_that_cannot_be_written(shop, capsys):
    (shop / "file").write_text("")
    assert main(["show", "profiles/january", "--report", "file/x.html"]) == 2
    assert "file/x.html cannot be written" in capsys.readouterr().err


def test_what_changed(shop, capsys):
    assert main(["compare", "profiles/january", "profiles/february/profile.json"]) == 0
    told = capsys.readouterr().out
    assert "1 file changed: orders.csv" in told
    assert "orders: changed; 30 rows became 40 (+33.3%)" in told
    assert main(["compare", "profiles/january", "profiles/february", "--exit-code", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["changed"], found["tables"][0]["rows"]) == (True, [30, 40])
    assert [column["name"] for column in found["tables"][0]["columns"]] == ["order", "price", "town"]


def test_nothing_changed(shop, capsys):
    assert main(["compare", "profiles/january", "profiles/january", "--exit-code"]) == 0
    assert capsys.readouterr().out == "Nothing of weight changed.\n"


def test_a_comparison_as_a_page(shop, capsys, opened):
    assert main(["compare", "profiles/january", "profiles/february", "--report", "--open"]) == 0
    assert f"Written: {shop / 'comparison.html'}" in capsys.readouterr().out
    assert opened == [(shop / "comparison.html").as_uri()]


def test_into_a_pipe_goes_no_value_of_a_cell(shop, capsys):
    assert main(["show", "profiles/january"]) == 0
    told = capsys.readouterr().out
    assert "town" in told
    assert "town 1" not in told


@pytest.mark.parametrize("width", [60, 100, 200])
def test_a_terminal_shows_histograms_and_whole_names(shop, width):
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(profile_table(profile(shop / "january").model, most_columns=2, width=width))
    told = console.export_text()
    assert "order" in told
    assert told.split("\n")[4].split() == ["column", "type", "missing", "distinct", "values"], "none makes room"
    assert "█" in told
    assert "and 1 more column" in told
    assert "town 1" not in told, "the third column is left out"


def test_blocks():
    assert blocks([0, 1, 50, 100]) == " ▁▄█"
    assert blocks([]) == blocks([0, 0]) == ""


class Bars:
    """What a progress display is told."""

    def __init__(self) -> None:
        self.shown: dict[int, dict] = {}
        self.made = 0

    def add_task(self, description, **fields):
        self.made += 1
        self.shown[self.made] = {"description": description, **fields}
        return self.made

    def update(self, bar, **fields):
        self.shown[bar].update(fields)

    def remove_task(self, bar):
        del self.shown[bar]


def test_a_bar_for_each_file_under_way():
    bars = Bars()
    observer = BarObserver(bars)
    observer.stage(StageName.HEAVY)
    for n in range(12):
        observer.table_started(f"[red]{n}.csv")
    assert len(bars.shown) == 9, "no more than a terminal has room for"
    observer.table_advanced("[red]0.csv", rows=1200, bytes=3_000_000, percent=40)
    assert bars.shown[2]["read"] == "1,200 rows, 3.0 MB"
    assert bars.shown[2]["description"].strip() == r"\[red]0.csv"
    observer.advanced(rows=5, bytes=10, percent=50)
    assert (bars.shown[1]["completed"], bars.shown[1]["description"]) == (50, "heavy profile")
    observer.table_finished("[red]0.csv")
    observer.table_finished("[red]11.csv")
    observer.table_started("next.csv")
    assert len(bars.shown) == 9
