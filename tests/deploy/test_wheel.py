"""The wheel brings all that a deployment needs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

from rilascio.deployment import status
from rilascio.deployment.bundle import Bundle
from tests.wheel import build_wheel, clean_environment


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
