"""Contatos: people, their tags and segments, import and export."""
