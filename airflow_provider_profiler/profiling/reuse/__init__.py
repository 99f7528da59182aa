"""Reuse: what has not changed since an earlier profile is taken from there instead of being read again."""
