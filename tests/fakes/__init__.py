"""Providers that run as real HTTP servers on loopback and refuse what the real ones refuse."""
