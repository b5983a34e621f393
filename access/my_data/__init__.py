"""My data: what a participant reads about the projects that use their records, and signs."""
