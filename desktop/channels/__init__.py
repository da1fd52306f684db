"""Conexões: Meta, Twilio and the simulator, with their health."""
