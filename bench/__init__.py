"""Benchmarks that print ratios measured in one run, on a seeded journal; they ship with no wheel and test nothing."""
