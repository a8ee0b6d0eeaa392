"""Commands about contacts."""
