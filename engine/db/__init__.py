"""Tables' common ground: base, roles, unit of work, outbox."""
