"""The design system: every control the screens are made of."""
