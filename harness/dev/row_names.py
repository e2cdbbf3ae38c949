"""Whether rows are built by name: a part of `make lint`.

PostgreSQL matches the columns of a row with the attributes of its type by position, so two ids that change places are
deployed without a word. Here the names are compared too, wherever a query says what it means by position:

- a row of a plan type (migration 0006) is a whole row of named columns, `select r::erp_internal.some_type from (select
  ... as ordinal, ...) as r`, or comes from the function of the type's name, called by names;
- what a routine returns bears the names that it says it returns;
- where a column of an insert, or of a later branch of a union, has a name, it is not that of another column there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pglast
import psycopg
from pglast import ast, enums

from rilascio.deployment.bundle import Source
from rilascio.queries import read_query

Names = Sequence[str | None]
"""Names of columns, in order; None for a column without one."""

# libpg_query knows no types but PostgreSQL's own; what it does not look into can as well be text.
_OWN_TYPE = re.compile(r"\berp(?:_\w+)?\.\w+(?=\s*(?:\[\s*\])?\s*(?:[;,)]|:=|default\b|$))", re.MULTILINE)
_HEAD = re.compile(r"\A.*?^begin$", re.MULTILINE | re.DOTALL)


def plan_types(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Return the attributes of the composite types of `erp_internal`, by type, as a deployed database has them."""
    return dict(connection.execute(read_query(__file__, "plan_types")).fetchall())


def row_errors(sources: Iterable[Source], types: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a line for every row of the sources that is built by position, or by other names than its type's."""
    problems = []
    for source in sources:
        found: list[str] = []
        for statement in pglast.parse_sql(source.text):
            _Reader(types, found).routine_or_query(statement.stmt, source.text)
        problems += [f"{source.path}: {problem}" for problem in found]
    return problems


class _Scope:
    """What names stand for in a query: of each, its columns; None where it has those of a type or a table."""

    def __init__(self, outer: "_Scope | None" = None) -> None:
        self.queries: dict[str, Names | None] = dict(outer.queries) if outer else {}
        self.rows: dict[str, Names | None] = dict(outer.rows) if outer else {}


class _Reader:
    def __init__(self, types: Mapping[str, Sequence[str]], problems: list[str]) -> None:
        self.types, self.problems = types, problems
        self.constructed: str | None = None

    def routine_or_query(self, statement: ast.Node, text: str) -> None:
        if not isinstance(statement, ast.CreateFunctionStmt):
            self.node(statement, _Scope())
            return
        returned = self._returned(statement)
        name = statement.funcname[-1].sval
        self.constructed = name if name in self.types else None
        for query, returns in _queries(statement, text):
            self.node(query, _Scope())
            if returns and returned and isinstance(query, ast.SelectStmt):
                self._compare(query, returned)

    def _returned(self, routine: ast.CreateFunctionStmt) -> Sequence[str] | None:
        table = enums.FunctionParameterMode.FUNC_PARAM_TABLE
        columns = [p.name for p in routine.parameters or () if p.mode == table]
        if columns or routine.returnType is None:
            return columns
        return self.types.get(routine.returnType.names[-1].sval)

    def node(self, node: Any, scope: _Scope) -> None:
        """Look into a part of a query."""
        if isinstance(node, tuple):
            for part in node:
                self.node(part, scope)
        elif isinstance(node, ast.SelectStmt):
            self.select(node, scope)
        elif isinstance(node, ast.Node):
            if isinstance(node, ast.InsertStmt | ast.UpdateStmt | ast.DeleteStmt):
                scope = self._with(node.withClause, scope)
                if isinstance(node, ast.InsertStmt) and node.selectStmt is not None:
                    self._misplaced("insert", [c.name for c in node.cols or ()], node.selectStmt, scope)
            elif isinstance(node, ast.TypeCast):
                self._cast(node, scope)
            for attribute in node:
                if attribute != "withClause":
                    self.node(getattr(node, attribute), scope)

    def select(self, query: ast.SelectStmt, outer: _Scope) -> None:
        scope = self._inner(query, outer, look=True)
        if query.op != enums.SetOperation.SETOP_NONE:
            first = self.columns(query.larg, scope)
            self.node((query.larg, query.rarg), scope)
            if first:
                self._misplaced("a branch of a union", first, query.rarg, scope)
        for attribute in query:
            if attribute not in ("withClause", "larg", "rarg"):
                self.node(getattr(query, attribute), scope)

    def _with(self, clause: ast.WithClause | None, outer: _Scope, *, look: bool = True) -> _Scope:
        scope = _Scope(outer)
        for table in clause.ctes if clause else ():
            if look:
                self.node(table.ctequery, scope)
            scope.queries[table.ctename] = self.columns(table.ctequery, scope)
        return scope

    def _inner(self, query: ast.SelectStmt, outer: _Scope, *, look: bool = False) -> _Scope:
        scope = self._with(query.withClause, outer, look=look)
        for item in query.fromClause or ():
            self._from(item, scope)
        return scope

    def _from(self, item: ast.Node, scope: _Scope) -> None:
        if isinstance(item, ast.JoinExpr):
            self._from(item.larg, scope)
            self._from(item.rarg, scope)
        elif isinstance(item, ast.RangeSubselect):
            scope.rows[item.alias.aliasname] = self.columns(item.subquery, scope)
        elif isinstance(item, ast.RangeVar):
            columns = None if item.schemaname else scope.queries.get(item.relname)
            scope.rows[item.alias.aliasname if item.alias else item.relname] = columns
        elif isinstance(item, ast.RangeFunction) and item.alias:
            names = [column.sval for column in item.alias.colnames or ()]
            scope.rows[item.alias.aliasname] = names or None

    def columns(self, query: ast.Node, outer: _Scope) -> Names | None:
        """Return the names of what a query gives; None if it hands a row on of which the names are not told here."""
        if not isinstance(query, ast.SelectStmt):
            returning = getattr(query, "returningClause", None)  # of PostgreSQL 18; a list before
            targets = returning.exprs if returning else getattr(query, "returningList", None) or ()
            scope = outer
        elif query.op != enums.SetOperation.SETOP_NONE:
            return self.columns(query.larg, self._with(query.withClause, outer, look=False))
        elif query.valuesLists:
            return None
        else:
            targets, scope = query.targetList or (), self._inner(query, outer)
        names: list[str | None] = []
        for target in targets:
            row = _row_of_star(target.val)
            if row is None:
                names.append(target.name or _name(target.val))
                continue
            columns = scope.rows.get(row)
            if columns is None:
                return None
            names += columns
        return names

    def _branches(self, query: ast.SelectStmt, outer: _Scope) -> Iterator[Names | None]:
        if query.op == enums.SetOperation.SETOP_NONE:
            yield self.columns(query, outer)
        else:
            scope = self._with(query.withClause, outer, look=False)
            yield from self._branches(query.larg, scope)
            yield from self._branches(query.rarg, scope)

    def _compare(self, query: ast.SelectStmt, wanted: Sequence[str]) -> None:
        every = wanted in self.types.values()  # of a plan type each branch of a union, of others the first
        for names in self._branches(query, _Scope()) if every else [self.columns(query, _Scope())]:
            self._same("what is returned", names, wanted)

    def _same(self, what: str, names: Names | None, wanted: Sequence[str]) -> None:
        if names is None or list(names) == list(wanted):
            return
        for index, name in enumerate(wanted):
            given = names[index] if index < len(names) else None
            if given != name:
                self.problems.append(f"{what}: column {index + 1} is {given or 'without a name'}, not {name}")
                return
        self.problems.append(f"{what}: has {len(names)} columns, not {len(wanted)}")

    def _misplaced(self, what: str, wanted: Names, query: ast.SelectStmt, scope: _Scope) -> None:
        for names in self._branches(query, scope):
            given = dict(zip(wanted, names or (), strict=False))
            for column, name in given.items():
                if name and name != column and name in given and given[name] != name:
                    self.problems.append(f"{what}: {name} stands where {column} belongs")

    def _cast(self, cast: ast.TypeCast, scope: _Scope) -> None:
        names = [name.sval for name in cast.typeName.names]
        if names[0] != "erp_internal" or cast.typeName.arrayBounds or names[-1] not in self.types:
            return
        wanted, row = self.types[names[-1]], cast.arg
        what = f"a row of {names[-1]}"
        if isinstance(row, ast.RowExpr):
            given = [_name(column) for column in row.args]
            if self.constructed != names[-1]:
                self.problems.append(f"{what}: is built by position")
            else:
                self._same(what, given, [f"p_{name}" for name in wanted])
        elif isinstance(row, ast.ColumnRef) and len(row.fields) == 1 and row.fields[0].sval in scope.rows:
            self._same(what, scope.rows[row.fields[0].sval], wanted)
        elif not isinstance(row, ast.A_Const):
            self.problems.append(f"{what}: is no whole row of a query")


def _row_of_star(value: ast.Node) -> str | None:
    """Return what `x.*` takes all columns of, nothing for a bare star; None for any other column."""
    if isinstance(value, ast.ColumnRef) and isinstance(value.fields[-1], ast.A_Star):
        return str(value.fields[0].sval) if len(value.fields) == 2 else ""
    return None


def _name(value: ast.Node) -> str | None:
    if isinstance(value, ast.TypeCast):
        value = value.arg
    if not isinstance(value, ast.ColumnRef) or isinstance(value.fields[-1], ast.A_Star):
        return None
    return str(value.fields[-1].sval)


def _flat(body: Any) -> Iterator[Any]:
    for part in body if isinstance(body, tuple) else (body,):
        if isinstance(part, tuple):
            yield from _flat(part)
        else:
            yield part


def _queries(routine: ast.CreateFunctionStmt, text: str) -> Iterator[tuple[ast.Node, bool]]:
    """Return the queries and expressions of a routine, and of each whether the routine returns its rows."""
    options = {option.defname: option.arg for option in routine.options}
    if options["language"].sval == "sql":
        if routine.sql_body is None:
            body = [statement.stmt for statement in pglast.parse_sql(options["as"][0].sval)]
        else:
            body = [node for node in _flat(routine.sql_body) if isinstance(node, ast.Node)]
        yield from ((query, query is body[-1]) for query in body)
        return
    head = _HEAD.match(text)
    assert head
    plain = _OWN_TYPE.sub("text", head.group()) + text[head.end() :]
    for query, mode, returns in _expressions(pglast.parse_plpgsql(plain), False):
        # an expression stands without `select`; the target of an assignment before it
        whole = query if mode == 0 else "select " + (query.split(":=", 1)[1] if mode == 3 else query)
        yield pglast.parse_sql(whole)[0].stmt, returns


def _expressions(node: Any, returns: bool) -> Iterator[tuple[str, int, bool]]:
    if isinstance(node, list):
        for part in node:
            yield from _expressions(part, returns)
    elif isinstance(node, dict):
        for key, part in node.items():
            if key == "PLpgSQL_expr":
                yield part["query"], part["parseMode"], returns
            else:
                yield from _expressions(part, key == "PLpgSQL_stmt_return_query" or (returns and key == "query"))
