"""What of a table is profiled: columns, rows that a condition means, and a sample of them."""
