-- Returns runs whole, as rows of the tables that tell of them (R80), by id: what each answered for orders and for sent
-- rows, and the records that it made and that were taken back since, with their movements. A run of many entries comes
-- in several parts, the first of which has the run itself: a value of type jsonb has an end.
create or replace function erp_internal.run_contents(p_company_id integer, p_run_ids bigint[])
returns table (place bigint, run_id bigint, kind text, started_at timestamptz, part integer, content jsonb)
language plpgsql
stable
as $$
#variable_conflict use_column
declare
    c_entries constant integer := 1000;
begin
    return query
    with entry as (
        select
            a.run_id,
            'orders' as list,
            pg_catalog.row_number() over (partition by a.run_id order by a.ordinal) as nth,
            pg_catalog.to_jsonb(a) as content
        from unnest(p_run_ids) as w (run_id)
        cross join lateral (
            select t.*
            from erp.run_order as t
            where t.company_id = p_company_id and t.run_id = w.run_id
            offset 0
        ) as a
        union all
        select
            a.run_id,
            'rows',
            pg_catalog.row_number() over (partition by a.run_id order by a.ordinal),
            pg_catalog.to_jsonb(a)
        from unnest(p_run_ids) as w (run_id)
        cross join lateral (
            select t.*
            from erp.run_row as t
            where t.company_id = p_company_id and t.run_id = w.run_id
            offset 0
        ) as a
        union all
        select
            r.run_id,
            'records',
            pg_catalog.row_number() over (partition by r.run_id order by r.record_date, r.stock_record_id),
            pg_catalog.to_jsonb(r) || pg_catalog.jsonb_build_object(
                'movements',
                (
                    select pg_catalog.jsonb_agg(pg_catalog.to_jsonb(m) order by m.line)
                    from erp.removed_stock_movement as m
                    where
                        m.company_id = p_company_id and m.record_date = r.record_date
                        and m.stock_record_id = r.stock_record_id
                )
            )
        from unnest(p_run_ids) as w (run_id)
        cross join lateral (
            select t.*
            from erp.removed_stock_record as t
            where t.company_id = p_company_id and t.run_id = w.run_id
            offset 0
        ) as r
    ),

    parted as (
        select
            w.run_id,
            1 + (coalesce(e.nth, 1) - 1) / c_entries as part,
            coalesce(
                pg_catalog.jsonb_agg(e.content order by e.nth) filter (where e.list = 'orders'), '[]'
            ) as orders,
            coalesce(pg_catalog.jsonb_agg(e.content order by e.nth) filter (where e.list = 'rows'), '[]') as rows,
            coalesce(
                pg_catalog.jsonb_agg(e.content order by e.nth) filter (where e.list = 'records'), '[]'
            ) as records
        from unnest(p_run_ids) as w (run_id)
        left join entry as e on e.run_id = w.run_id
        group by 1, 2
    )

    select
        f.place,
        u.run_id,
        u.kind,
        u.started_at,
        d.part::integer,
        case d.part
            when 1
                then pg_catalog.jsonb_build_object(
                    'run', pg_catalog.to_jsonb(u), 'place', pg_catalog.to_jsonb(f)
                )
            else '{}'
        end || pg_catalog.jsonb_build_object('orders', d.orders, 'rows', d.rows, 'records', d.records) as content
    from parted as d
    inner join erp.run as u on u.company_id = p_company_id and u.run_id = d.run_id
    left join erp.run_place as f on f.company_id = p_company_id and f.run_id = d.run_id
    order by u.run_id, d.part;
end;
$$;
