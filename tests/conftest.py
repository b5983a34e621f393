"""Fixtures that every test may ask for."""

from tests.browser import chromium, page, pytest_terminal_summary

__all__ = ["chromium", "page", "pytest_terminal_summary"]
