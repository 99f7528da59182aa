"""Documents: each format becomes a stream of passages of text, and all that is found in them is found the same way."""
