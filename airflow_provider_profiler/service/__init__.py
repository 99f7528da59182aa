"""The HTTP service: the documented routes and ours, authentication, probes, and ways to start it."""
