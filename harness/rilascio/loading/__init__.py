"""Loading: a folder of CSV files becomes a company, or is put into one that is there.

Its files are read, and their rows sent to the functions of the database, which know the rules.
"""

from rilascio.loading.bad_rows import CODES, SHOWN, BadRow
from rilascio.loading.company import LoadFailed, LoadReport, load
from rilascio.loading.company_update import BRAKE, UpdateFailed, UpdateOptions, UpdateReport, update
from rilascio.loading.wording import FOLDER, Wording

__all__ = [
    "BRAKE",
    "CODES",
    "FOLDER",
    "SHOWN",
    "BadRow",
    "LoadFailed",
    "LoadReport",
    "UpdateFailed",
    "UpdateOptions",
    "UpdateReport",
    "Wording",
    "load",
    "update",
]
