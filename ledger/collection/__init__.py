"""Collection (征收): money that reaches the treasury, and goes back to whoever paid too much."""
