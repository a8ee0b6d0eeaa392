"""The engine over REST: one file a subject."""
