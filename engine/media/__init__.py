"""Files people send: told apart by their first bytes, kept under names of our own."""

from engine.media.sniffing import HEAD, FileType, sniff
from engine.media.store import LocalStore, MediaMissing

__all__ = ["HEAD", "FileType", "LocalStore", "MediaMissing", "sniff"]
