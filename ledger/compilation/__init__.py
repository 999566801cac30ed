"""Compilation (编制): budgets become indicators, from the Congress's decision to the unit."""
