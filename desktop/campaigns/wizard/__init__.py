"""The way to a campaign: audience, message, schedule and pace, review; a draft of the appliance all along."""
