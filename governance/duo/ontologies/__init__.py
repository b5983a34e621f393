"""Ontology files as values: read from each format, put together as one graph, searched."""
