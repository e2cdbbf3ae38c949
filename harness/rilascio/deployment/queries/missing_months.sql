-- The months without a partition up to a horizon, in each table, with the statement that makes it; whether days of that
-- month lie in the partition of later days already is to be asked of the table, if there is one yet. A foreign key
-- between first partitions goes on between those of the month, so the tables come in the order in which they name each
-- other. Where there are months, those that are past have been dropped, or their days lie with later ones.
select
    c.relname || to_char(m.month, '"_"YYYY"_"MM') as name,
    case when c.relkind = 'p' then c.relname || '_later' end as later_name,
    m.month::date as first_day,
    (m.month + interval '1 month')::date as end_day,
    format(
        'create table erp.%%I partition of erp.%%I for values from (%%L) to (%%L)',
        c.relname || to_char(m.month, '"_"YYYY"_"MM'), c.relname, m.month::date, (m.month + interval '1 month')::date
    )
    -- what the planner is told of the first partition
    || coalesce(
        (
            select
                string_agg(
                    format(
                        '; alter table erp.%%I alter column %%I set (%%s)',
                        c.relname || to_char(m.month, '"_"YYYY"_"MM'), a.attname, array_to_string(a.attoptions, ', ')
                    ),
                    ''
                )
            from pg_attribute as a
            where a.attrelid = to_regclass(format('erp.%%I', c.relname || '_before')) and a.attoptions is not null
        ), ''
    )
    || coalesce(
        (
            select
                string_agg(
                    format(
                        '; alter table erp.%%I add constraint %%I %%s',
                        c.relname || to_char(m.month, '"_"YYYY"_"MM'), o.conname,
                        replace(
                            pg_get_constraintdef(o.oid), quote_ident(r.relname),
                            quote_ident(regexp_replace(r.relname, 'before$', to_char(m.month, 'YYYY"_"MM')))
                        )
                    ),
                    ''
                )
            from pg_constraint as o
            inner join pg_class as r on r.oid = o.confrelid and r.relispartition
            where
                o.conrelid = to_regclass(format('erp.%%I', c.relname || '_before')) and o.contype = 'f'
                and o.conparentid = 0
        ), ''
    ) as statement
from unnest(%(tables)s::text[], %(boundaries)s::date[]) with ordinality as t (name, boundary, place)
inner join pg_class as c on c.relnamespace = 'erp'::regnamespace and c.relname = t.name
cross join lateral generate_series(t.boundary::timestamp, %(horizon)s::timestamp, interval '1 month') as m (month)
where
    not exists (
        select from pg_class as p
        where
            p.relnamespace = c.relnamespace
            and p.relname = c.relname || to_char(m.month, '"_"YYYY"_"MM')
    )
    and (
        m.month >= date_trunc('month', current_date)
        or not exists (
            select from pg_class as p
            where p.relnamespace = c.relnamespace and p.relname ~ ('^' || c.relname || '_[0-9]{4}_[0-9]{2}$')
        )
    )
order by m.month, t.place
