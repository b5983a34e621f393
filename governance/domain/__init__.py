"""Plain Python that all apps share: events, roles, errors."""
