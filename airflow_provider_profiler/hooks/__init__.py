"""The way from a task to the profiling service."""
