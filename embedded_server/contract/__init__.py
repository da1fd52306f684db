"""Shapes on the wire: plain data, shared with every client."""
