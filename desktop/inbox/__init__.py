"""Conversas: the list, the chat and the contact beside it."""
