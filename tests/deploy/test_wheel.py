"""The wheel brings all that a deployment needs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from harness.dev.releases import text_of
from rilascio.deployment import status
from rilascio.deployment.bundle import Bundle
from rilascio.version import RELEASE
from tests.wheel import PROJECT, build_wheel, clean_environment


def test_the_wheel_deploys_from_an_empty_environment_without_a_checkout(dsn: str, real: Bundle, tmp_path: Path) -> None:
    clean, wheel = clean_environment(), build_wheel(tmp_path)
    files = zipfile.Path(wheel)
    assert {path.name.partition("-")[0] for path in files.iterdir()} == {"rilascio"}, "nothing of ours besides"
    assert not any((files / "rilascio" / name).exists() for name in ("dev", "bench", "soak"))
    assert (files / "rilascio" / "_bundle" / "sql" / "grants.sql").exists()
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True, env=clean)
    bin_folder = tmp_path / "venv" / "bin"
    subprocess.run([bin_folder / "python", "-m", "pip", "-q", "install", wheel], check=True, env=clean)

    done = subprocess.run(
        [bin_folder / "rilascio", "deploy", "--dsn", dsn],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    listed = subprocess.run([bin_folder / "rilascio", "--help"], env=clean, capture_output=True, text=True, check=True)
    assert "deploy" in listed.stdout
    assert not {"bench", "soak", "crash", "docs", "lint"} & set(listed.stdout.split()), "those are for maintainers"
    there = status(dsn, bundle=real)
    assert replace(there, last=None).state == "current"
    tested = subprocess.run(
        [bin_folder / "rilascio", "test", "."], cwd=tmp_path, env=clean, capture_output=True, text=True, check=False
    )
    assert tested.returncode == 1
    assert tested.stderr.startswith(
        "Error: Tests need packages that are not installed here: pytest, pytest-postgresql."
    )


def test_the_source_distribution_of_a_release_becomes_the_package_of_that_release(dsn: str, tmp_path: Path) -> None:
    if not (PROJECT / ".git").exists():
        pytest.skip("what is no checkout cannot be tagged")
    settings = tmp_path / "gitconfig"  # a checkout may belong to somebody else
    settings.write_text("[safe]\n\tdirectory = *\n[user]\n\tname = tests\n\temail = tests@example.org\n")
    environment = clean_environment() | {"GIT_CONFIG_GLOBAL": str(settings)}

    def run(*command: str | Path, cwd: Path = tmp_path) -> str:
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
        if "No matching distribution" in done.stdout + done.stderr:
            pytest.skip("needs a package index")
        assert done.returncode == 0, done.stderr
        return done.stdout

    checkout = tmp_path / "checkout"
    run("git", "clone", "--quiet", "--no-tags", PROJECT, checkout)
    run("git", "tag", "--annotate", f"v{RELEASE}", "--message", text_of(RELEASE), cwd=checkout)

    run(sys.executable, "-m", "build", "--sdist", "--outdir", tmp_path, cwd=checkout)

    (distribution,) = tmp_path.glob("*.tar.gz")
    assert distribution.name == f"rilascio-{RELEASE}.tar.gz"
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    command = tmp_path / "venv" / "bin" / "rilascio"
    run(tmp_path / "venv" / "bin" / "python", "-m", "pip", "--quiet", "install", distribution)
    assert run(command, "--version") == f"rilascio {RELEASE}\n"
    assert run(command, "deploy", "--dsn", dsn).startswith(f"Deployed release {RELEASE}:")
    assert f"Last: deploy of release {RELEASE} by" in run(command, "status", "--dsn", dsn)
