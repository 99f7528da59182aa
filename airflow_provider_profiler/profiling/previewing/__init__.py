"""The rows of a table as they are now, for somebody who looks at its profile."""
