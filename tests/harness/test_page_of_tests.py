"""Who follows docs/how-to/testing.md with the wheel, block by block, has the project of examples/testing, all green."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.wheel import PROJECT, build_wheel, clean_environment

PAGE = PROJECT / "docs" / "how-to" / "testing.md"
EXAMPLE = PROJECT / "examples" / "testing"


def blocks() -> Iterator[tuple[str | None, str, str]]:
    """Yield the blocks of the page: the file that it is to be, if it is one, the language and the text."""
    text = PAGE.read_text(encoding="utf-8")
    for found in re.finditer(r"(?:^`(\S+)`:\n\n)?^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield found[1], found[2], found[3]


class Shell:
    """A shell that somebody types into; its folder and variables are kept from block to block."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.state.write_text(f"cd {shlex.quote(str(folder))}\n")

    def type(self, text: str) -> subprocess.CompletedProcess[str]:
        state = shlex.quote(str(self.state))
        kept = f"{{ export -p; printf 'cd %q\\n' \"$PWD\"; }} >{state}"
        return subprocess.run(
            ["bash", "-c", f"trap {shlex.quote(kept)} EXIT\n. {state}\nset -e\n{text}"],
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def write(self, name: str, text: str) -> None:
        [folder] = shlex.split(self.type("pwd").stdout)
        file = Path(folder) / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")


def alike(text: str) -> list[str]:
    """Return the lines of an output without what differs from run to run."""
    return [re.sub(r"\bin \d+\.\d\ds.*", "in seconds", line).strip() for line in text.splitlines() if line.strip()]


def test_the_example_is_the_project_that_the_page_makes() -> None:
    files = {name: text for name, _, text in blocks() if name}
    code = [file for file in EXAMPLE.rglob("*") if file.suffix in (".py", ".sql")]
    assert len(code) == 3
    for file in code:
        assert files[file.relative_to(EXAMPLE).as_posix()] == file.read_text(encoding="utf-8"), file


def test_every_block_of_the_page_does_what_the_page_says_and_so_does_the_example(tmp_path: Path) -> None:
    shell, wheel = Shell(tmp_path), build_wheel(tmp_path)
    shown, output = [*blocks(), (None, "", "")], ""
    for (name, language, text), (_, following, answer) in pairwise(shown):
        if language == "sh":
            done = shell.type(text.replace("/path/to/rilascio", str(wheel)))
            if "No matching distribution" in done.stdout:
                pytest.skip("needs a package index")
            fails = following == "text" and "AssertionError" in answer
            assert done.returncode == (1 if fails else 0), f"{text}\n{done.stdout}"
            output = done.stdout
        elif language == "text":
            assert [line for line in alike(output) if line in alike(text)] == alike(text), output
        else:
            assert name, f"a block that is neither typed nor a file:\n{text}"
            shell.write(name, text)

    copy = tmp_path / "example"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    [typed] = re.findall(r"```sh\n(.*?)```", (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    done = shell.type(f"cd {shlex.quote(str(copy))}\n{typed}")
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout

    # its tests say something: without the grant, as the page tells, they fail
    done = shell.type("sed -i '/^grant usage/d' sql/release_late.sql\n" + typed)
    assert done.returncode == 1
    assert "permission denied for schema shop" in done.stdout
