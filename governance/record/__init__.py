"""What was done and has still to be done: the audit log and its seals, tables that only grow, the outbox, its worker."""
