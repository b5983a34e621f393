"""Visas once they are made: their places on the status lists, and what ends them (`revocation`)."""
