"""One campaign that was started or waits for its time: how it stands, and what can be decided about it."""
