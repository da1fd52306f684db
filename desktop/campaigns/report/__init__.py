"""Who got a campaign's message and who did not, one line a person."""
