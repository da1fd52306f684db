"""Programs that kill the engine while it works and count what became of every message."""
