"""What happened, in words: states, diagnosis, hints, the report, and limits that keep a check from hanging."""
