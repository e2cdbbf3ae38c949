"""The tools around the SQL of rilascio: embedded server, deployment, loading, command line, test fixtures."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("rilascio")
except PackageNotFoundError:  # used from a folder that was never installed
    __version__ = "0+unknown"
