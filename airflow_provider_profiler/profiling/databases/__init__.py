"""Databases as datasets: what they say of themselves, and their rows, read as files are."""
