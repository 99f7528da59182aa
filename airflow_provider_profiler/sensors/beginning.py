"""The arguments of a trigger with which a task begins, as they can be written down before the task runs."""

import datetime
from typing import Any

from airflow.sdk import XComArg


def as_template(name: str, value: Any) -> Any:
    """A templated argument as a template that a triggerer can render.

    :param name: of the argument.
    :param value: as the author of the DAG gave it.
    :raises ValueError: when a triggerer cannot render it.
    """
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, XComArg):
        return _of_xcom(name, value)
    if isinstance(value, str) and "xcom_pull" in value and "map_indexes" not in value:
        # Airflow's triggerer has no message for what ``xcom_pull`` asks without it.
        raise ValueError(
            f"{name} is rendered in the triggerer with start_from_trigger, where xcom_pull needs map_indexes: write "
            "xcom_pull(task_ids='...', map_indexes=-1), or give the output of the task itself."
        )
    return value


def _of_xcom(name: str, value: XComArg) -> str:
    operator, key = getattr(value, "operator", None), getattr(value, "key", None)
    if operator is None or getattr(operator, "is_mapped", False):
        raise ValueError(
            f"{name} is made of several XComs, which cannot be read in the triggerer: leave start_from_trigger out, "
            "deferrable=True does the same from a worker."
        )
    return (
        f"{{{{ task_instance.xcom_pull(task_ids={operator.task_id!r}, dag_id={operator.dag_id!r}, key={key!r}, "
        "map_indexes=-1) }}"
    )
