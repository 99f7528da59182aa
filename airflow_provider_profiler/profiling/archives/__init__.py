"""Archives: what is in them, and their members as sources of their own."""
