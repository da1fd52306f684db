"""The window around the screens: navigation, palette, notices, tray and session."""
