"""`python -m harness.dev` in a checkout; `make` has a word for each of its commands.

This folder has no `__init__.py`, and nothing installs it: so it is in the way of no other project's `harness` or `dev`.
"""

from harness.dev.cli import main

main(prog_name="python -m harness.dev")
