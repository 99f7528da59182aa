"""What DAG files need to know of connections: nothing else is imported, as they are parsed every few seconds."""

DEFAULT_CONN_NAME = "profiler_default"
CONN_TYPE = "profiler"
