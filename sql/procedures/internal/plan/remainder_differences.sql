-- requires: internal/guards/free_columns
-- Returns in what a remainder differs from the order that it was split from, by name, null if in nothing (R57). What
-- changes of an executive order too (R20) may differ, and so may what each part has of its own: quantities,
-- commitments, who made and changed it.
create or replace function erp_internal.remainder_differences(
    p_company_id integer, p_order_id bigint, p_origin_id bigint
)
returns text
language sql
stable
begin atomic
    with part as (
        select
            a.is_remainder,
            pg_catalog.to_jsonb(o) - erp_internal.free_columns('production_order') - array[
                'production_order_id', 'order_lot', 'status', 'quantity', 'quantity_before', 'produced_quantity',
                'release_run_id', 'released_at', 'short_close_run_id', 'created_at', 'created_by', 'first_department',
                'first_work_center', 'first_machine'
            ]
            || pg_catalog.jsonb_build_object(
                'phases', (
                    select
                        pg_catalog.jsonb_agg(
                            pg_catalog.to_jsonb(f) - erp_internal.free_columns('production_order_phase')
                            - 'production_order_id'
                            order by f.phase, f.sub_phase
                        )
                    from (
                        select f.*
                        from erp.production_order_phase as f
                        where f.company_id = p_company_id and f.production_order_id = a.production_order_id
                        offset 0
                    ) as f
                ),
                'materials', (
                    select
                        pg_catalog.jsonb_agg(
                            pg_catalog.to_jsonb(m) - array['production_order_id', 'picked_quantity'] order by m.line
                        )
                    from (
                        select m.*
                        from erp.production_order_material as m
                        where m.company_id = p_company_id and m.production_order_id = a.production_order_id
                        offset 0
                    ) as m
                )
            ) as content
        from (
            values (p_order_id, true), (p_origin_id, false)
        ) as a (production_order_id, is_remainder)
        cross join lateral (
            select o.*
            from erp.production_order as o
            where o.company_id = p_company_id and o.production_order_id = a.production_order_id
            offset 0
        ) as o
    )

    select pg_catalog.string_agg(pg_catalog.replace(c.key, '_id', ''), ', ' order by c.key)
    from part as r
    inner join part as o on not o.is_remainder
    cross join lateral pg_catalog.jsonb_each(r.content) as c
    where r.is_remainder and c.value is distinct from o.content -> c.key;
end;
