"""What the tables of the benchmark hold. A recipe makes its table block by block, each from its own number alone."""
