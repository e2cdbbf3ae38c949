"""To test what is built on rilascio: a throwaway database, small worlds in it, a day of its own, and assertions.

Whoever installs the extra `test` has these fixtures in pytest without doing anything:

- `rilascio`: a connection to a deployed database; what the test does is rolled back (1 to 2 ms a test).
- `rilascio_world`: a `World` there: a company, with builders of items, stock and orders.
- `rilascio_demo`: the demo factory as a `World`, with its 310 orders, on the day `DEMO_DAY`; rolled back too.
- `rilascio_operator`, `rilascio_reader`: a role for such a test; with `acting_as` it uses `erp_api`.
- `rilascio_database`: the URL of a fresh deployed database of its own, for a test that commits.
- `rilascio_login`: makes logins for such a database, members of `erp_operator` by default; gives their URL.
- `rilascio_template`: the deployed template, for `pytest_postgresql.factories.postgresql("rilascio_template")`.
- `rilascio_server`: the server beneath: the one of RILASCIO_DSN (the URL of a superuser), else a throwaway one.

With pytest-xdist every worker starts a server of its own, or, with `rilascio_shared_server = true` in the
configuration of pytest, all share one.
"""

from rilascio.testing.assertions import assert_movements, assert_stock
from rilascio.testing.calls import Calls, Refused, Row, acting_as, as_json
from rilascio.testing.company_day import DEMO_DAY, freeze_day
from rilascio.testing.server import DatabaseServer, make_role
from rilascio.testing.world import MAIN, ORDER_YEAR, PRODUCT, Number, World, build_world

__all__ = [
    "DEMO_DAY",
    "MAIN",
    "ORDER_YEAR",
    "PRODUCT",
    "Calls",
    "DatabaseServer",
    "Number",
    "Refused",
    "Row",
    "World",
    "acting_as",
    "as_json",
    "assert_movements",
    "assert_stock",
    "build_world",
    "freeze_day",
    "make_role",
]
