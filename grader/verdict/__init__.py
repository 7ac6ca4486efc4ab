"""What happened, in words: states, diagnosis, hints, the report, and the limits that keep a check from hanging."""
