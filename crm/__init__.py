"""Who we talk to, and what happened."""
