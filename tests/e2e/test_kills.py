"""Kill -9 of every part in the middle of running jobs: none is lost, none is done twice, each ends."""

from collections.abc import Iterator

import pytest

from tests.e2e.kill_stage import KINDS, Stage, stage_in

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

JOBS = 10


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One for all kills: what one leaves behind, the next one meets."""
    with stage_in(tmp_path_factory.mktemp("kills")) as stage:
        yield stage


@pytest.mark.parametrize("kind", KINDS)
def test_no_job_is_lost_or_doubled(stage: Stage, kind: str) -> None:
    outcome = stage.round(kind, JOBS, kind.replace(" ", "-"))
    assert outcome.running > 0, "the kill came when nothing ran"
    assert (outcome.lost, outcome.doubled, outcome.broken, outcome.leaked) == ([], [], [], [])
    assert not outcome.failed, "each of these kills is one that jobs survive"
    if kind == "supervisor":
        assert outcome.restarted > 0, "its jobs were taken over"
