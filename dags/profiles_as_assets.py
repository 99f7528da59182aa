"""Whoever needs a profile is started by it: one DAG profiles a dataset, another runs for every profile that it makes.

The event of the asset brings what the consumer needs to know: where the CDD file lies, how many rows and columns there
are, and a hash that changes with the schema. The consumer reads no more than that file.
"""

import json
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, task

from airflow_provider_profiler.assets import ProfileFacts, profile_asset
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

SAMPLE = Path(__file__).parent / "sample_data" / "island_ferries"
FERRIES = profile_asset("island_ferries")

with DAG("profile_ferries", schedule=None, params={"data": str(SAMPLE)}):
    ProfileDatasetOperator(task_id="profile", path="{{ params.data }}", outlets=[FERRIES])

with DAG("catalogue_ferries", schedule=[FERRIES]):

    @task
    def catalogue(triggering_asset_events: Any) -> list[dict[str, Any]]:
        """One entry for each profile that there is since the last run."""
        entries = []
        for event in triggering_asset_events[FERRIES]:
            facts = ProfileFacts.of_event(event.extra)
            if facts is None or facts.cdd_path is None:
                continue  # somebody marked the asset by hand, or it is a light profile
            files = json.loads(Path(facts.cdd_path).read_text(encoding="utf-8"))["files"]
            entries.append(
                {
                    "revision": facts.revision,
                    "rows": facts.rows,
                    "columns": facts.columns,
                    "schema": facts.schema_hash,
                    "files": sorted(file["name"] for file in files),
                }
            )
        for entry in entries:
            print(f"Revision {entry['revision']}: {entry['rows']} rows in {len(entry['files'])} files")
        return entries

    catalogue()
