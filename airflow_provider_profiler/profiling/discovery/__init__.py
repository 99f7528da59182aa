"""What lies in a dataset: every file at any depth becomes a distribution, with a reason where it cannot be used."""
