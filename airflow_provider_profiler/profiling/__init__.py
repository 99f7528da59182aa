"""The engine, a library: a dataset goes in, a profile model comes out. It knows no HTTP, no Airflow and no jobs."""
