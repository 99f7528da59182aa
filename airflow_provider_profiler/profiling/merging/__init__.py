"""Profiles of several datasets, or of one at several moments, become one without reading any data again."""
