"""Statements, exports and proofs drawn from the books, which only read."""
