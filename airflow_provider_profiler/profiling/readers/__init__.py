"""One module a format: a source becomes tables, and each table a stream of Arrow record batches."""
