"""Grants: made by an approval, judged again after each change below them (`evaluation`), ended (`ends`)."""
