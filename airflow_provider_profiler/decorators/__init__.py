"""``@task.profile_dataset``: a function says what is to be profiled."""
