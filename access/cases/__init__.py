"""Cases and their lines: what a committee does, and what a decision needs (`line_needs`: who may approve, and when)."""
