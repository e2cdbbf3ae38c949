"""Loading: a folder of CSV files becomes a company. Its files are read, checked, and written to the tables."""

from rilascio.loading.bad_rows import CODES, SHOWN, BadRow
from rilascio.loading.company import LoadFailed, LoadReport, load

__all__ = ["CODES", "SHOWN", "BadRow", "LoadFailed", "LoadReport", "load"]
