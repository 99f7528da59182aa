"""Where the pages are, within Airflow's API server."""

from dataclasses import dataclass
from urllib.parse import quote

from airflow_provider_profiler.plugins.submitted_jobs import TaskPlace


@dataclass(frozen=True)
class Links:
    """Paths of the pages.

    :param root: what comes before them: the path of ``[api] base_url`` and the plugin's own.
    """

    root: str

    def newest(self, offset: int = 0) -> str:
        """The newest profiles."""
        return f"{self.root}/" + (f"?offset={offset}" if offset else "")

    def run(self, dag_id: str, run_id: str, offset: int = 0) -> str:
        """The profiles of a run."""
        return f"{self.root}/dags/{_part(dag_id)}/runs/{_part(run_id)}" + (f"?offset={offset}" if offset else "")

    def task(self, place: TaskPlace, offset: int = 0) -> str:
        """The page of a task instance."""
        run = self.run(place.dag_id, place.run_id)
        query = f"?offset={offset}" if offset else ""
        return f"{run}/tasks/{_part(place.task_id)}/{place.map_index}{query}"

    def report(self, place: TaskPlace) -> str:
        """The report of what is ready, whatever became of the job."""
        return f"{self.task(place)}/report"


def _part(text: str) -> str:
    return quote(text, safe="")
