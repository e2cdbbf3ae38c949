"""The programs of examples/clients: each does the same work in its language, and prints the same lines."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from rilascio.folders import demo_folder
from rilascio.postgres import find_bindir
from rilascio.testing import DatabaseServer
from tests.clients.pgbouncer import over_tcp, pooled

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "clients"
NODE = ROOT / ".cache" / "node"
DRIVER = Path("/usr/share/java/postgresql.jar")

LOADED = ("demo", demo_folder())


@dataclass(frozen=True)
class Program:
    """How a program is run, what succeeds where all that it needs is installed, and what that is called in Debian."""

    command: tuple[str | Path, ...]
    trial: tuple[str | Path, ...]
    packages: str


def python(file: str, module: str) -> Program:
    return Program((sys.executable, file), (sys.executable, "-c", f"import {module}"), "")


JAVA = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # a short program begins sooner so

PROGRAMS = {
    "psycopg": python("psycopg_client.py", "psycopg"),
    "asyncpg": python("asyncpg_client.py", "asyncpg"),
    "sqlalchemy": python("sqlalchemy_client.py", "sqlalchemy"),
    "odbc": Program(
        (sys.executable, "odbc_client.py"),
        (sys.executable, "-c", "import pyodbc; assert 'PostgreSQL Unicode' in pyodbc.drivers()"),
        "odbc-postgresql",
    ),
    "psql": Program(
        ("psql", "--no-psqlrc", "--quiet", "--file", "psql/client.psql"), ("psql", "--version"), "postgresql-client"
    ),
    "node": Program(("node", "node_client.js"), ("node", "--eval", "require('pg')"), "nodejs, and npm or node-pg"),
    "jdbc": Program(
        (*JAVA, "-cp", DRIVER, "JdbcClient.java"),
        ("sh", "-c", f"javac --version && test -e {DRIVER}"),
        "default-jdk-headless libpostgresql-jdbc-java",
    ),
    "pdo": Program(
        ("php", "pdo_client.php"), ("php", "--run", "exit((int) !extension_loaded('pdo_pgsql'));"), "php-cli php-pgsql"
    ),
    "dbi": Program(("perl", "dbi_client.pl"), ("perl", "-MDBD::Pg", "-MJSON::PP", "-e", ""), "libdbd-pg-perl"),
    "ruby": Program(("ruby", "ruby_client.rb"), ("ruby", "-rpg", "-e", ""), "ruby-pg"),
}

# As if another call had always been faster: a first attempt is in vain, and who does not send it again gets nowhere.
FIRST_ATTEMPT_IN_VAIN = """
create sequence attempt;
create function be_faster() returns trigger language plpgsql security definer as $$
begin
    if nextval('public.attempt') % 2 = 1 then
        raise serialization_failure using message = 'Another call was faster.';
    end if;
    return null;
end $$;
create trigger be_faster before insert on erp.run execute function be_faster();
"""


def environment(**variables: str) -> dict[str, str]:
    """Return what the programs run in; nothing of it is ours but the variables named."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    # the rilascio of this environment, and the psql of the server where there is no other
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}:{find_bindir()}"
    return {**ours, "PATH": path, "NODE_PATH": f"{NODE}/node_modules:/usr/share/nodejs", **variables}


def installed(command: tuple[str | Path, ...]) -> bool:
    try:
        return subprocess.run(command, env=environment(), capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture(scope="session")
def node_modules() -> None:
    """Install what package.json names, once, where there are npm and a network, unless node has it."""
    NODE.mkdir(parents=True, exist_ok=True)
    with (NODE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker may be at it
        if shutil.which("npm") and not installed(PROGRAMS["node"].trial):
            shutil.copy(EXAMPLES / "package.json", NODE)
            subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=NODE, capture_output=True)


def needed(client: str) -> Program:
    """Return a program, or skip the test loudly where it cannot run."""
    program = PROGRAMS[client]
    if not installed(program.trial):
        reason = f"The client of {client} is not tried, for it lacks something (Debian: {program.packages})."
        assert program.packages, reason
        warnings.warn(reason, stacklevel=1)
        pytest.skip(reason)
    return program


@pytest.fixture
def logins(rilascio_database: str, rilascio_login: Callable[..., str]) -> dict[str, str]:
    """Give the environment in which the programs find an operator and a writer of the demo factory."""
    operator, writer = (over_tcp(rilascio_login(role)) for role in ("erp_operator", "erp_writer"))
    with psycopg.connect(rilascio_database) as connection:
        connection.execute("insert into erp.company_member (company_id, member_role) values (1, 'erp_writer')")
        connection.execute(FIRST_ATTEMPT_IN_VAIN)
    return environment(
        PGHOST=operator["host"],
        PGPORT=operator["port"],
        PGDATABASE=operator["dbname"],
        PGUSER=operator["user"],
        PGPASSWORD=operator["password"],
        ERP_USER=writer["user"],
        ERP_PASSWORD=writer["password"],
    )


@pytest.mark.parametrize("way", ["straight", "through PgBouncer"])
@pytest.mark.parametrize("client", PROGRAMS)
def test_R8_R60_R76_a_client_does_a_days_work_in_its_language(
    client: str, way: str, logins: dict[str, str], node_modules: None
) -> None:
    program = needed(client)
    passwords = {logins["PGUSER"]: logins["PGPASSWORD"], logins["ERP_USER"]: logins["ERP_PASSWORD"]}
    with ExitStack() as stack:
        if way == "through PgBouncer":
            port = stack.enter_context(pooled(logins["PGHOST"], logins["PGPORT"], passwords))
            logins |= {"PGHOST": "127.0.0.1", "PGPORT": port}
        done = subprocess.run(program.command, cwd=EXAMPLES, env=logins, capture_output=True, text=True, timeout=120)
    if client != "psql":  # it tells each error that it meets
        assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout == (EXAMPLES / "expected.out").read_text()


def test_the_readme_leads_a_stranger_to_the_expected_lines(rilascio_server: DatabaseServer) -> None:
    [commands] = re.findall(r"```sh\n(.*?)```", (EXAMPLES / "README.md").read_text(), re.DOTALL)
    suffix = secrets.token_hex(4)
    names = {"anna": f"anna_{suffix}", "office": f"office_{suffix}"}
    dsn = rilascio_server.dsn(f"factory_{suffix}")
    address = conninfo_to_dict(dsn)
    with psycopg.connect(rilascio_server.dsn(), autocommit=True) as server:
        server.execute(SQL("create database {}").format(Identifier(f"factory_{suffix}")))
        try:
            for written, meant in {
                "postgresql://postgres@host/factory": shlex.quote(dsn),
                "PGHOST=host PGPORT=5432 PGDATABASE=factory": " ".join(
                    f"PG{name}={address[word]}"
                    for name, word in (("HOST", "host"), ("PORT", "port"), ("DATABASE", "dbname"))
                ),
                **names,
            }.items():
                assert written in commands
                commands = commands.replace(written, meant)
            done = subprocess.run(
                ["bash", "-euc", commands], cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120
            )
        finally:
            server.execute(SQL("drop database {} with (force)").format(Identifier(f"factory_{suffix}")))
            server.execute(SQL("drop role if exists {}, {}").format(*map(Identifier, names.values())))
    assert done.stdout.endswith((EXAMPLES / "expected.out").read_text()), done.stderr
