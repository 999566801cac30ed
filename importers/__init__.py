"""Readers of other people's files: each row becomes an event or is refused with its reason."""
