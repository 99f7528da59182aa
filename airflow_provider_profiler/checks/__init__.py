"""Rules over profiles: what somebody expects of a dataset, held against its profile model. Pure functions."""
