from airflow_provider_profiler.hooks.pacing import SPREAD, Pace


def looks(seed: str, count: int = 20) -> list[float]:
    pace, moment, moments = Pace(10.0, seed), 0.0, []
    for _ in range(count):
        moment += pace.next()
        moments.append(moment)
    return moments


def test_intervals_stay_near_the_one_that_was_asked_for() -> None:
    pace = Pace(10.0, "job")
    intervals = [pace.next() for _ in range(1000)]
    assert 10 * (1 - SPREAD) <= min(intervals) <= max(intervals) <= 10 * (1 + SPREAD)
    assert abs(sum(intervals) / 1000 - 10) < 0.2


def test_two_hundred_tasks_that_begin_at_once_do_not_look_in_step() -> None:
    first = sorted(looks(f"job-{number}")[0] for number in range(200))
    for begin in range(7, 13):
        assert sum(begin <= moment < begin + 1 for moment in first) < 60, "no second sees a third of them"
    third = sorted(looks(f"job-{number}")[2] for number in range(200))
    assert third[-1] - third[0] > first[-1] - first[0], "and they drift further apart"


def test_a_jobs_intervals_are_the_same_again() -> None:
    assert looks("job") == looks("job") != looks("other")
