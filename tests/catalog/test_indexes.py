"""Which indexes there are, so that a plan made while tables were empty is right when they are full."""

import psycopg

SECONDARY = """
select
    i.indexrelid::regclass::text,
    array(
        select a.attname::text
        from unnest(i.indkey) with ordinality as k (attnum, ordinal)
        inner join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
        order by k.ordinal
    )
from pg_index as i
inner join pg_class as c on c.oid = i.indrelid
where c.relnamespace = 'erp'::regnamespace and not i.indisunique and i.indpred is null
"""


def test_R42_an_index_by_an_id_leaves_out_the_company(rilascio: psycopg.Connection) -> None:
    # An empty table has no statistics: every index that begins with company_id costs the same there, and a plan that
    # took one which goes on with another id reads the whole company for each row once the table is full.
    indexes = dict(rilascio.execute(SECONDARY).fetchall())
    assert len(indexes) > 5
    wrong = {
        name: columns for name, columns in indexes.items() if columns[0] == "company_id" and columns[1][-3:] == "_id"
    }
    assert wrong == {}


def test_R42_an_order_is_found_by_its_number_by_a_plan_that_was_made_when_there_was_none(
    rilascio_database: str,
) -> None:
    query = "explain select * from erp_internal.order_by_number(1, 2026, 901, 0)"
    with psycopg.connect(rilascio_database) as connection:
        connection.execute("set local enable_seqscan = off")  # as in the functions of erp_api
        plan = "\n".join(line for (line,) in connection.execute(query))
    assert "Index Scan using production_order_number_key" in plan


def test_R72_what_lies_in_a_lot_that_may_be_deleted_is_found_by_the_lot(rilascio: psycopg.Connection) -> None:
    # the key of the table begins with the company: PostgreSQL would read all that the company has in stock
    rilascio.execute("set local enable_seqscan = off")
    used = "explain select from erp.stock_balance where lot_id = 1"
    assert "stock_balance_lot" in "\n".join(line for (line,) in rilascio.execute(used))


def test_R72_orders_and_their_materials_are_found_by_what_may_be_deleted_in_masses(
    rilascio: psycopg.Connection,
) -> None:
    # PostgreSQL looks for what names a row at each row that is deleted: without an index it reads all orders each time.
    keys = rilascio.execute(
        """
        select
            c.conname,
            exists (
                select
                from pg_index as i
                inner join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                where i.indrelid = c.conrelid and i.indkey[0] = any(c.conkey) and a.attname <> 'company_id'
            )
        from pg_constraint as c
        where
            c.contype = 'f'
            and c.conrelid in ('erp.production_order'::regclass, 'erp.production_order_material'::regclass)
            and c.confrelid in (
                'erp.item'::regclass, 'erp.item_variant'::regclass, 'erp.location'::regclass, 'erp.job_order'::regclass
            )
        """
    ).fetchall()
    assert len(keys) == 6
    assert [name for name, found in keys if not found] == []
