"""Tryton, really installed, beside rilascio: in a virtual environment that is kept, and in databases of the server of
the tests."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from rilascio.testing import DatabaseServer

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "tryton"
REQUIREMENTS = EXAMPLE / "requirements.txt"
INSTALLED = ROOT / ".cache" / "tryton"

PRODUCTIONS = int(os.environ.get("RILASCIO_PRODUCTIONS", "12"))


@dataclass(frozen=True)
class Tryton:
    """A database of Tryton with a factory, and the schema of the link in it."""

    python: Path
    dsn: str

    @property
    def database(self) -> str:
        return urlsplit(self.dsn).path[1:]

    @property
    def environment(self) -> dict[str, str]:
        """What tells trytond where its databases are."""
        return {**os.environ, "TRYTOND_DATABASE_URI": urlsplit(self.dsn)._replace(path="/").geturl()}

    def command(self, file: Path, *arguments: str) -> list[str]:
        return [str(self.python), str(file), *arguments]

    def run(self, file: Path, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = self.command(file, *arguments)
        return subprocess.run(command, env=self.environment, input=stdin, capture_output=True, text=True)

    def adapter(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return self.run(EXAMPLE / "adapter.py", self.database, *arguments, stdin=stdin)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.dsn, autocommit=True)

    @contextmanager
    def people(self) -> Iterator[Callable[..., Any]]:
        """Give a function that lets somebody work in Tryton: a function of people.py by its name, arguments."""
        command = self.command(Path(__file__).with_name("people.py"), self.database)
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=self.environment, stdin=pipe, stdout=pipe, text=True) as process:
            assert process.stdin
            assert process.stdout
            requests, answers = process.stdin, process.stdout

            def do(*request: Any) -> Any:
                requests.write(json.dumps(request) + "\n")
                requests.flush()
                return json.loads(answers.readline())

            yield do
            requests.close()


@pytest.fixture(scope="session")
def tryton_python() -> Path:
    """Give the Python of an environment with Tryton: installed once, and anew when its requirements change."""
    INSTALLED.parent.mkdir(exist_ok=True)
    python, ready = INSTALLED / "bin" / "python", INSTALLED / "requirements.txt"
    with INSTALLED.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker may be at it
        if not (ready.exists() and ready.read_text() == REQUIREMENTS.read_text()):
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(INSTALLED)], check=True)
            install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(REQUIREMENTS)]
            done = subprocess.run([str(python), *install], capture_output=True, text=True)
            if done.returncode:
                reason = f"Tryton is not tested, for pip cannot install it: {done.stderr.strip().splitlines()[-1]}"
                warnings.warn(reason, stacklevel=1)
                pytest.skip(reason)
            shutil.copy(REQUIREMENTS, ready)
    return python


@pytest.fixture(scope="session")
def tryton_template(rilascio_server: DatabaseServer, tryton_python: Path, tmp_path_factory: Any) -> Iterator[Tryton]:
    """Give a database that Tryton made, with a factory and the link: to be copied, and not to be worked in."""
    name = f"tryton_{secrets.token_hex(4)}"
    template = Tryton(tryton_python, rilascio_server.dsn(name))
    password = tmp_path_factory.mktemp("tryton") / "password"
    password.write_text(secrets.token_hex(16))
    with psycopg.connect(rilascio_server.dsn(), autocommit=True) as server:
        server.execute(SQL("create database {}").format(Identifier(name)))
        admin = [str(tryton_python.with_name("trytond-admin")), "-d", name, "--email", "admin@example.org"]
        modules = ["-u", "production", "stock_lot", "--activate-dependencies"]
        environment = {**template.environment, "TRYTONPASSFILE": str(password)}
        subprocess.run([*admin, *modules], env=environment, check=True, capture_output=True)
        made = template.run(EXAMPLE / "make_factory.py", name, "--productions", str(PRODUCTIONS))
        assert made.returncode == 0, made.stderr
        with template.connect() as connection:
            for file in ("state.sql", "views.sql"):
                connection.execute((EXAMPLE / file).read_bytes())
        yield template
        server.execute(SQL("drop database {}").format(Identifier(name)))


@pytest.fixture
def tryton(rilascio_server: DatabaseServer, rilascio_login: Any, tryton_template: Tryton) -> Iterator[Tryton]:
    """Give a copy of the factory, for a test alone. Logins may be granted something in it: they go after it."""
    name = f"{tryton_template.database}_{secrets.token_hex(4)}"
    with psycopg.connect(rilascio_server.dsn(), autocommit=True) as server:
        copied = {"copy": Identifier(name), "factory": Identifier(tryton_template.database)}
        server.execute(SQL("create database {copy} template {factory}").format(**copied))
        yield Tryton(tryton_template.python, rilascio_server.dsn(name))
        server.execute(SQL("drop database {copy} with (force)").format(**copied))
