"""The parts of loading: what the files hold, reading them, checking them, writing the tables. Used by harness.load."""
