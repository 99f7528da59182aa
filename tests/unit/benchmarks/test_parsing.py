"""What parsing DAG files costs: files that are DAGs, and a report that says whether the aim is met."""

import pytest
from airflow.sdk import DAG

from benchmarks.parsing import CONTENDERS, WAYS, YARDSTICK, Seconds, markdown, medians


@pytest.mark.parametrize("name", CONTENDERS)
def test_each_file_is_a_dag_with_so_many_tasks(name: str) -> None:
    created: list[DAG] = []
    enter = DAG.__enter__

    def remember(dag: DAG) -> DAG:
        created.append(dag)
        return enter(dag)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DAG, "__enter__", remember)
        exec(compile(CONTENDERS[name].dag(3), name, "exec"), {"__name__": name})
    (dag,) = created
    assert {type(task).__name__ for task in dag.tasks} == {name}
    assert len(dag.tasks) == 3


def test_the_report_judges_each_way_by_the_ratio() -> None:
    measured = {
        way: {YARDSTICK: Seconds(0.1, 0.2), "ProfileDatasetOperator": Seconds(0.1 * ratio, 0.2)}
        for way, ratio in zip(WAYS, (1.2, 1.3, 0.5), strict=True)
    }
    report = markdown({"processor": "two"}, measured, 100, 15)
    rows = [line for line in report.splitlines() if line.startswith("| ProfileDatasetOperator")]
    assert [row.split("|")[4].strip() for row in rows] == ["1.20", "1.30", "0.50"]
    assert [row.split("|")[5].strip() for row in rows] == ["met", "**missed**", "met"]


def test_the_middle_repetition_counts() -> None:
    assert medians([(1.0, 9.0), (3.0, 8.0), (2.0, 7.0)]) == Seconds(2.0, 8.0)
