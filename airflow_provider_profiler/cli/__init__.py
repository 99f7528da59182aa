"""The command line, ``dataset-profiler``."""
