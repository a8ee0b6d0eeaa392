"""The steps that a definition can be made of: one file each, found by name.

To add a kind: write `workflows/steps/<kind>.py` with one subclass of `Step` and its instruction,
and `tests/pure/workflows/test_steps.py` runs its contract over it.
"""
