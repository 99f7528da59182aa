"""How much the service bears: requests for a job's status, many small jobs at once, and memory over many jobs."""
