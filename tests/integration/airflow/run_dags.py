"""Run DAGs one after another in an Airflow of their own, and print what became of them as one line of JSON.

Called with the names of the DAGs and the configuration of their runs: ``run_dags.py '{"data": "..."}' dag dag ...``.
"""

import json
import sys
from typing import Any

from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
from airflow.models.xcom import XComModel
from airflow.utils.db import upgradedb


def outcome(run: Any) -> dict[str, Any]:
    tasks: dict[str, Any] = {}
    for ti in run.get_task_instances():
        name = ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]"
        tasks[name] = {"state": str(ti.state), "xcom": {}}
    from airflow.utils.session import create_session

    with create_session() as session:
        for row in session.query(XComModel).filter(XComModel.run_id == run.run_id, XComModel.dag_id == run.dag_id):
            name = row.task_id if row.map_index < 0 else f"{row.task_id}[{row.map_index}]"
            tasks[name]["xcom"][row.key] = XComModel.deserialize_value(row)
    return {"state": str(run.state), "tasks": tasks}


def main() -> None:
    from airflow.dag_processing.bundles.manager import DagBundlesManager

    from airflow_provider_profiler.operators import profile_run

    # A light job that is done is no reason to defer, however busy the machine is meanwhile.
    profile_run.LIGHT_GRACE = 60.0
    upgradedb()
    conf, names = json.loads(sys.argv[1]), sys.argv[2:]
    manager = DagBundlesManager()
    manager.sync_bundles_to_db()
    dags = {}
    for bundle in manager.get_all_dag_bundles():
        bundle.initialize()
        bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
        assert not bag.import_errors, bag.import_errors
        sync_bag_to_db(bag, bundle.name, bundle.version)
        dags |= bag.dags
    found = {name: outcome(dags[name].test(run_conf=conf)) for name in names}
    sys.stdout.write("\nOUTCOME " + json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
