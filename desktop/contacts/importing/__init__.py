"""Contacts come from a file: looked at, checked, taken in, and what became of each row."""
