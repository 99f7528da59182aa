"""Data roots, safe paths, atomic writes and the store of results."""
