"""Charts painted by ourselves: lines, bars and funnels whose values can be pointed at, read and copied."""
