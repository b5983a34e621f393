"""Data hosts: the feeds that they read, what they confirm, and the pages of their operators."""
