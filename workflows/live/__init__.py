"""The live socket: what a page or a program is told as it happens (docs/live.md)."""
