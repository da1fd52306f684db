"""The two commands that need nothing but Python: run, test (and demo)."""
