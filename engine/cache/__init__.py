"""What several processes share for a while: token buckets and computed answers. Losing it loses nothing."""
