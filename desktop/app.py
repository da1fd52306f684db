"""Builds every screen and hands them to the window."""
