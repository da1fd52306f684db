"""Campanhas: drafts, the wizard, the running view and the report."""
