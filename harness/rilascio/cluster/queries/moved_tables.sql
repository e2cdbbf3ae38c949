-- The tables whose rows belong to a company, and how a row is read so that it is the same wherever it lies: all columns
-- by name. What only the database means in which it stands is left out: whether the company is in force there, and the
-- numbers of its transactions.
-- Rows are compared by chunks, of 64 ids that were given one after the other: by the first id that every row of a table
-- has, so that what a day has changed lies in few of them.
select
    c.oid::regclass::text as name,
    array_agg(a.attname::text order by a.attname) as columns,
    array_agg(
        case
            when c.relname = 'company' and a.attname = 'active' then 'false'
            when a.atttypid = 'xid8'::regtype then 'null::xid8'
            else 't.' || quote_ident(a.attname)
        end
        order by a.attname
    ) as expressions,
    coalesce(
        't.' || (
            array_agg(quote_ident(a.attname) order by a.attnum) filter (
                where a.atttypid = 'bigint'::regtype and a.attnotnull
            )
        )[1] || ' / 64',
        '0::bigint'
    ) as chunk
from pg_class as c
inner join pg_attribute as a on a.attrelid = c.oid
where
    c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
group by c.oid
having bool_or(a.attname = 'company_id')
order by c.oid::regclass::text
