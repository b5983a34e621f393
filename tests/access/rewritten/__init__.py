"""Rows that somebody with the rights of the database's owner spoils, by what they tell of."""
