"""The main job in a few seconds: a throw-away appliance, the simulator, two campaigns and their ledger."""
