"""Runs mutants: each in a copy of the tree, by the test that is known to kill it, then by those of its room."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue

from harness.dev.mutants.kept import KeptSet, Mutant
from rilascio.errors import HarnessError

_NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".cache", ".*_cache", "__pycache__", ".hypothesis", "dist", "*.egg-info"
)

DEPLOYMENT = "deployment"
"""Who killed a mutant of SQL that no database takes."""

TIME_LIMIT = 300
"""Seconds after which tests are taken to be caught in a mutant."""

_NOTHING_RUN = 5
_BAD_CALL = 4

_COPIES_OF_THE_SOURCES = (
    "tests/catalog/test_reference.py",
    "tests/catalog/test_data_puts.py",
    "tests/deploy/test_releases.py",
    "tests/dev/test_mutants.py",
)
"""Tests that compare sources with what was kept or written of them: they notice whatever changes, and prove no rule."""


@dataclass(frozen=True)
class Result:
    """What became of a mutant: `killed` by `killer`, `survived`, or `unclear`, and why."""

    name: str
    verdict: str
    killer: str
    seconds: float
    remark: str = ""


@dataclass
class Tree:
    """A copy of the checkout, in which one file at a time is changed."""

    folder: Path
    changes: int = 0
    running: subprocess.Popen[str] | None = None

    @contextmanager
    def changed(self, mutant: Mutant) -> Iterator[None]:
        """Put a mutant into its file while a block runs."""
        file = self.folder / mutant.file
        text, times = file.read_text(encoding="utf-8"), file.stat()
        changed = mutant.applied(text)
        if changed is None:
            raise HarnessError(f"The mutant {mutant.name} is stale.", f"Look at {mutant.file}, and renew it.")
        self.changes += 1
        file.write_text(changed, encoding="utf-8")
        # Python tells by size and second whether what it has compiled is of this file.
        os.utime(file, (times.st_atime, int(times.st_mtime) + self.changes))
        try:
            yield
        finally:
            file.write_text(text, encoding="utf-8")
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))

    def environment(self) -> dict[str, str]:
        """Return the environment in which the copy is what is imported, and the server is one of its own."""
        paths = [str(self.folder / "harness"), *filter(None, [os.environ.get("PYTHONPATH")])]
        kept = {name: value for name, value in os.environ.items() if name != "RILASCIO_DSN"}
        return kept | {
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONPYCACHEPREFIX": str(self.folder / ".compiled"),
        }

    def failure(self, *arguments: str, limit: float | None = TIME_LIMIT) -> tuple[int, str | None]:
        """Run pytest up to the first failure; return its exit code, and which test failed (an ERROR before its name).

        Where none is named the last line that pytest wrote stands for it.
        """
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-rfE", "-p", "no:cacheprovider", *arguments]
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.running = process
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            return 1, f"not done after {limit} seconds"
        finally:
            self.stop()
            process.wait()
        if process.returncode in (0, _NOTHING_RUN):
            return process.returncode, None
        named = re.search(r"^(?:FAILED |(ERROR) )(\S+?\.py(?:::\w+)*(?:\[.*?\])?)(?: - .*)?$", output, re.MULTILINE)
        if named:
            return process.returncode, f"{'ERROR ' if named[1] else ''}{named[2]}"
        return process.returncode, (output.strip().splitlines() or ["no answer"])[-1]

    def stop(self) -> None:
        """End the pytest that runs, if one does, and all that it has started."""
        if self.running is not None and self.running.poll() is None:
            os.killpg(self.running.pid, signal.SIGKILL)


@contextmanager
def copied_tree(root: Path) -> Iterator[Tree]:
    """Give a copy of a checkout, and see to it that it is the copy that Python imports there."""
    folder = root / ".cache" / "mutants"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="tree-", ignore_cleanup_errors=True) as name:
        tree = Tree(Path(name) / root.name)
        shutil.copytree(root, tree.folder, ignore=_NOT_COPIED)
        if (tree.folder / "harness" / "rilascio").is_dir():
            asked = "import rilascio.folders as f; print(f.__file__, f.sql_folder(), f.migrations_folder(), sep='\\n')"
            answer = subprocess.run(
                [sys.executable, "-c", asked], env=tree.environment(), capture_output=True, text=True, check=True
            ).stdout.splitlines()
            if strange := [path for path in answer if not Path(path).is_relative_to(tree.folder)]:
                raise HarnessError(f"The copy would test {strange[0]}, and not itself.", "Look at PYTHONPATH.")
        yield tree


def digest_of(tree: Tree) -> str:
    """Return what stands for the content of all files, but for those of this tool."""
    digest = hashlib.sha256()
    for file in sorted(tree.folder.rglob("*")):
        path = file.relative_to(tree.folder)
        if file.is_file() and not path.is_relative_to("harness/dev/mutants") and ".compiled" not in path.parts:
            digest.update(f"{path}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@dataclass
class Finished:
    """What earlier runs found of the same tree, a line each in a file; a run that was stopped goes on behind it."""

    file: Path
    tree: str

    def results(self) -> dict[str, Result]:
        """Return the results by the identity of the mutant."""
        lines = self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []
        entries = [json.loads(line) for line in lines]
        return {entry["mutant"]: Result(**entry["result"]) for entry in entries if entry["tree"] == self.tree}

    def add(self, mutant: Mutant, result: Result) -> None:
        """Keep a result."""
        entry = {"tree": self.tree, "mutant": identity(mutant), "result": asdict(result)}
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def identity(mutant: Mutant) -> str:
    """Return what tells a mutant from every other: its name and its change."""
    return json.dumps([mutant.name, mutant.file, mutant.old, mutant.new, mutant.occurrence])


@dataclass(frozen=True)
class Ways:
    """How to run: the tests to look for killers in (None: those of the room), and what comes after them."""

    tests: tuple[str, ...] | None = None
    whole_suite: bool = False
    seconds: float | None = None
    jobs: int = 1
    fresh: bool = False


def run(
    kept: KeptSet, mutants: Sequence[Mutant], root: Path, ways: Ways, progress: Callable[[Result], None]
) -> list[Result]:
    """Run mutants that are neither stale nor equivalent, and return what became of them, in the order of their end.

    With `ways.seconds` as many as fit, at least one, and only the recorded killer of each is asked.
    """
    begun = time.monotonic()
    with ExitStack() as stack:
        trees: SimpleQueue[Tree] = SimpleQueue()
        made = [stack.enter_context(copied_tree(root)) for _ in range(min(ways.jobs, max(len(mutants), 1)))]
        finished = Finished(root / ".cache" / "mutants" / "results.jsonl", digest_of(made[0]))
        before = {} if ways.fresh else finished.results()
        results = [before[identity(mutant)] for mutant in mutants if identity(mutant) in before]
        waiting = [mutant for mutant in mutants if identity(mutant) not in before]
        green = _green_killers(made[0], waiting)
        for tree in made:
            trees.put(tree)

        def judged(mutant: Mutant, first: bool) -> Result | None:
            if not first and ways.seconds is not None and time.monotonic() - begun > ways.seconds:
                return None
            tree = trees.get()
            try:
                return _judge(kept, mutant, tree, ways, green)
            finally:
                trees.put(tree)

        with ThreadPoolExecutor(max_workers=len(made)) as pool:
            futures = {pool.submit(judged, mutant, n == 0): mutant for n, mutant in enumerate(waiting)}
            try:
                for future in as_completed(futures):
                    if (result := future.result()) is not None:
                        finished.add(futures[future], result)
                        results.append(result)
                        progress(result)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                for tree in made:
                    tree.stop()
                raise
    return results


def _green_killers(tree: Tree, mutants: Sequence[Mutant]) -> set[str]:
    """Return the recorded killers that pass without a mutant; one that fails is an error, one that is gone is not."""
    killers = sorted({mutant.killer for mutant in mutants if mutant.killer not in ("", DEPLOYMENT)})
    there = [killer for killer in killers if (tree.folder / killer.partition("::")[0]).exists()]
    while there:
        code, failed = tree.failure(*there, limit=None)
        if code == 0:
            break
        gone = [killer for killer in there if failed and failed.endswith(killer)]
        if code != _BAD_CALL or not gone:
            raise HarnessError(f"Without any mutant {failed} fails.", "Mutants are run when the tests are green.")
        there = [killer for killer in there if killer not in gone]
    return set(there)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]{4,}", text.replace("_", " ").lower())


def _likely_first(tree: Tree, mutant: Mutant, tests: Sequence[str]) -> list[str]:
    """Return files of tests, those first that say the words of the mutant's file and of its change most often."""
    asked = set(_words(f"{Path(mutant.file).stem} {mutant.old}"))
    named = [tree.folder / path for path in tests]
    files = [file for path in named for file in (sorted(path.rglob("test_*.py")) if path.is_dir() else [path])]

    def density(file: Path) -> float:
        said = _words(f"{file.stem} " * 5 + file.read_text(encoding="utf-8"))
        return sum(word in asked for word in said) / max(len(said), 1)

    return [str(file.relative_to(tree.folder)) for file in sorted(dict.fromkeys(files), key=density, reverse=True)]


def _judge(kept: KeptSet, mutant: Mutant, tree: Tree, ways: Ways, green: set[str]) -> Result:
    """Ask the recorded killer, then the room's tests, then all."""
    begun = time.monotonic()

    def result(verdict: str, killer: str = "", remark: str = "") -> Result:
        return Result(mutant.name, verdict, killer, round(time.monotonic() - begun, 1), remark)

    stages: list[tuple[str, ...]] = []
    if mutant.killer in green:
        stages.append((mutant.killer,))
    if ways.seconds is None or not stages:
        stages.append(tuple(_likely_first(tree, mutant, ways.tests or kept.room_of(mutant).tests)))
        if ways.whole_suite:
            ignored = [f"--ignore={file}" for file in _COPIES_OF_THE_SOURCES]
            stages.append(("tests", *ignored, f"--numprocesses={len(os.sched_getaffinity(0)) + 1}"))
    for stage in stages:
        with tree.changed(mutant):
            _, failed = tree.failure(*stage)
        if failed is None:
            continue
        if failed.startswith("ERROR ") and mutant.file.startswith(("sql/", "migrations/")):
            if mutant.killer == DEPLOYMENT:
                return result("killed", DEPLOYMENT)
            return result("unclear", remark=f"{failed} before it began: does this mutant deploy?")
        failed = failed.removeprefix("ERROR ")
        again = (failed,) if "::" in failed else stage  # a time limit, which a busy machine may reach by itself
        if stage != (mutant.killer,) and tree.failure(*again)[0] != 0:
            return result("unclear", remark=f"{failed}: so it ends without it too.")
        return result("killed", failed)
    if ways.seconds is not None and mutant.killer:
        return result("survived", remark=f"{mutant.killer} does not notice it (any more).")
    return result("survived")
