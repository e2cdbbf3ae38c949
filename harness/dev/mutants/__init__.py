"""Small mistakes of a plausible maintainer, each put into a copy of the tree, and whether the tests notice.

`kept.toml` is the set that is kept, `kept` reads and writes it, `runs` runs it, `report` says what came of it.
`sql_operators` and `python_operators` propose more for a file: `propose`.
"""
