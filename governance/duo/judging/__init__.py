"""The rules, one file for each kind of term, and what they say in words."""
