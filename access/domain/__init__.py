"""Plain Python of the access side: state tables, quorum, grants, visas."""
