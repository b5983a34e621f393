"""The first page, and where each person begins."""
