"""The agents: one file each, found by name."""
