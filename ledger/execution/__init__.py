"""Execution (执行): indicators are held, reserved and paid."""
