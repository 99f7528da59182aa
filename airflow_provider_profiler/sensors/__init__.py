"""Tasks that wait for profiles that somebody else asked for."""
