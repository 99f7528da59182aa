"""What Airflow's own pages show of profiles, served by its API server."""
