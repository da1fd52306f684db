"""The schema's history, numbered by hand."""
