"""Mergeable column states: a State is a value, an Analyzer computes it, a Metric is read from it."""
