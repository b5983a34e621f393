"""Plain Python of the participant side."""
