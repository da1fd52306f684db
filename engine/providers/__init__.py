"""Vendors, one room each, behind the promises of :mod:`engine.providers.port`."""
