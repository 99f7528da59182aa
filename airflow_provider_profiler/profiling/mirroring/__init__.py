"""Typed Parquet files of the tables' rows, beside the documents."""
