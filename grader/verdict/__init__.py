"""What happened, in words: states, diagnosis, hints, the report, limits that keep a check from hanging."""
