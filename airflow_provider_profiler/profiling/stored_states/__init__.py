"""States that last: what was remembered of a dataset's tables, in one file beside the profile."""
