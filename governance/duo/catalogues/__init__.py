"""Data uses as other catalogues write them: read, never guessed, and given to people where they are unclear."""
