"""WhatsApp numbers as linked devices: one host process each, behind an interface no engine shows through."""
