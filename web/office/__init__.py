"""The office: where the bureau's people sign in, act under one duty at a time, and bring vouchers into the journal."""
