"""Messages to people about a profile."""
