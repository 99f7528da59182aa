"""Typed settings. This room alone reads the environment."""
