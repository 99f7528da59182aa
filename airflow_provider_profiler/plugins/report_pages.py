"""The plugin: a tab of each task instance, a tab of each run, and an entry of the menu.

Airflow imports it in every process, so it imports nothing that only the API server needs.
"""

from typing import Any

from airflow.sdk.plugins_manager import AirflowPlugin

from airflow_provider_profiler.plugins.mounting import ReportPages

PREFIX = "dataset-profiles"
#: Airflow replaces these, but leaves the last one as it is where a task is not mapped.
_RUN = f"{PREFIX}/dags/{{DAG_ID}}/runs/{{RUN_ID}}"
_TASK = f"{_RUN}/tasks/{{TASK_ID}}/{{MAP_INDEX}}"


def _icon(colour: str) -> str:
    bars = "".join(f"<rect x='{x}' y='{14 - h}' width='3' height='{h}'/>" for x, h in ((1, 5), (6, 12), (11, 8)))
    return (
        f"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 15 15' fill='{colour}'>{bars}</svg>"
    )


_ICONS = {"icon": _icon("%234a5568"), "icon_dark_mode": _icon("%23cbd5e0")}


class ReportPlugin(AirflowPlugin):
    """Shows the reports of profiles within Airflow's pages; see ``docs/airflow.md``.

    Links are relative: Airflow's pages resolve them against the path of ``[api] base_url``.
    """

    name = "dataset_profiler"
    fastapi_apps: list[Any] = [  # noqa: RUF012 - as Airflow declares them
        {"app": ReportPages(), "url_prefix": f"/{PREFIX}", "name": "Dataset profiles"}
    ]
    external_views: list[Any] = [  # noqa: RUF012
        {
            "name": "Profile",
            "href": _TASK,
            "destination": "task_instance",
            "url_route": "dataset-profile",
            **_ICONS,
        },
        {
            "name": "Profiles",
            "href": _RUN,
            "destination": "dag_run",
            "url_route": "dataset-profiles-of-run",
            **_ICONS,
        },
        {
            "name": "Dataset profiles",
            "href": f"{PREFIX}/",
            "destination": "nav",
            "category": "browse",
            "url_route": "dataset-profiles",
            **_ICONS,
        },
    ]
