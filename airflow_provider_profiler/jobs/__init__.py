"""A job's life: the store that remembers it, the supervisor that runs it, and what happens when either dies."""
