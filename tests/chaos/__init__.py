"""Chaos: real processes under load, troubled in every way that can be thought of, and an audit of what they did."""
