"""What is kept of columns to compare them, how likely agreement is by chance, and which files values name."""
