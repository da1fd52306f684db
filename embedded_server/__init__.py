"""The engine over HTTP: REST, live updates, and the public listener for webhooks."""
