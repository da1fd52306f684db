"""What contacts are grouped by: tags, put on by hand, and segments, which are questions."""
