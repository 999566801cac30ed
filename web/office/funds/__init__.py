"""Special funds at the desk: from the call to the public result."""
