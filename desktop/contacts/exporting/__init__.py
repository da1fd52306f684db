"""Contacts leave as a file."""
