"""Background work. Rows are the truth; this room only rings, holds duties and keeps the one event loop."""
