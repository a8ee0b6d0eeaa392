"""What a workflow's step asks agents: one file for each, found by name."""
