"""Conexões: Meta, Twilio, linked phones and the simulator, with their health."""
