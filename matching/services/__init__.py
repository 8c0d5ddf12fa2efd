"""Use cases. Each takes a session, who acts and the time; checks the permission and owns the transaction."""
