"""The figures of `make bench`, by what they are about."""
