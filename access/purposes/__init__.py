"""Purposes as applicants state them: the form, what accounts vouch for, and how a purpose fits a data use."""
