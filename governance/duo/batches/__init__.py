"""One purpose against many data uses at once; held to the matcher by a test."""
