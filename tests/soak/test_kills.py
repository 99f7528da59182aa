"""The kills of the end-to-end tests over and over, with more jobs; a table of all rounds at the end."""

import sys
from pathlib import Path

import pytest

from tests.e2e.kill_stage import KINDS, Outcome, stage_in, tell_rounds

pytestmark = [pytest.mark.soak, pytest.mark.timeout(4 * 3600)]

ROUNDS, JOBS = 20, 50
#: Lines of each dataset: two units of work, so that it is the number of jobs that takes time.
ROWS = 4_000


def test_nothing_is_lost_or_doubled_in_twenty_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes: list[Outcome] = []
    with stage_in(tmp_path / "stage", ROWS) as stage:
        for number in range(ROUNDS):
            kind = KINDS[number % len(KINDS)]
            outcomes.append(stage.round(kind, JOBS, f"round-{number:02}"))
            with capsys.disabled():
                sys.stdout.write(f"\n{outcomes[-1].row()}")
                sys.stdout.flush()
    with capsys.disabled():
        tell_rounds(lambda line: sys.stdout.write(f"\n{line}"), outcomes)
    for outcome in outcomes:
        assert outcome.running > 0
        assert (outcome.lost, outcome.doubled, outcome.broken, outcome.unexplained) == ([], [], [], [])
        assert outcome.leaked == []
