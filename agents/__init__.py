"""Typed functions that a model may answer."""
