"""The catalogue of datasets, and which of them fit a purpose."""
