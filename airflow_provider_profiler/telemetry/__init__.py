"""Logs: the job and the request they belong to, the format they are written in, and what must never stand in them."""
