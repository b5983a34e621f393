"""The reference data host: a small GA4GH DRS 1.5 server that serves VCF files under visas, and enforces cohorts.

It is an example for data hosts and the far end of `manage.py journey`. It knows the platform only as every host does:
by `access.clearinghouse` and the API under `/api/v1/hosts/`. No Django. Start: `python -m access.reference_host CONFIG`.
"""
