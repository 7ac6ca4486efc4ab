"""What would the provider have said? Facts of a request, matching, the tape, and the cassette it plays."""
