"""Whether a document is what its readers take: its schema, and what no schema can say."""
