"""The demo behind ``make demo``: a private Airflow runs an example DAG, and what it found is shown."""
