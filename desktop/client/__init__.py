"""The desktop's only way to the appliance: REST, live events, and starting it."""
