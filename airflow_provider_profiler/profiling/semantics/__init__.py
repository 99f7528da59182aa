"""What a column's values mean: their type by votes over all rows, and what is odd about them."""
