"""The access side of `manage.py verify`: rows, visas and grants are held against the audit log."""
