"""The desktop: one more client of the server."""
