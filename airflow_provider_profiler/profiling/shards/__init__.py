"""Shards: files that are parts of one table, by their names, their folders and their columns."""
