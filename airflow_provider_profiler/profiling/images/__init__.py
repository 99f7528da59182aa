"""Images: how large they are, what their cameras noted, and how they look."""
