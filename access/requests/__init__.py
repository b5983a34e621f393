"""Requests: drafted by several people, submitted, withdrawn; who works on them."""
