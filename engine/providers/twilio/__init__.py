"""Twilio's SMS."""
