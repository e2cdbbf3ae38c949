"""The tools around the SQL of rilascio: embedded server, deployment, loading, command line, test fixtures."""
