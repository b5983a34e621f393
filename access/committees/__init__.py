"""Committees: who judges a case and who may not, their terms of use, and how long their cases take."""
