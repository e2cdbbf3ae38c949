-- Computes a digest of a split's remainder and its rows: all columns but status, release, who changed the order when,
-- and what is copied from elsewhere (R35). Numbers count by their value, whatever their scale.
-- Of an executive remainder it is the digest of what a restore would leave: p_quantity, and its lot commitments as
-- before its release (p_whole), or its own part of them if its own remainder is kept. Tables are probed by key (offset
-- 0).
create or replace function erp_internal.remainder_digest(
    p_company_id integer, p_order_id bigint, p_quantity numeric, p_whole boolean
)
returns bigint
language sql
stable
begin atomic
    select
        pg_catalog.jsonb_hash_extended(
            pg_catalog.jsonb_build_array(
                pg_catalog.to_jsonb(o) - array[
                    'status', 'release_run_id', 'released_at', 'changed_at', 'changed_by', 'quantity',
                    'copied_item_code', 'copied_job_year', 'copied_job_number', 'first_department', 'first_work_center',
                    'first_machine'
                ],
                p_quantity, f.rows, m.rows, c.rows
            ),
            0
        )
    from (
        select o.*
        from erp.production_order as o
        where o.company_id = p_company_id and o.production_order_id = p_order_id
        offset 0
    ) as o
    cross join
        lateral (
            select pg_catalog.jsonb_agg(pg_catalog.to_jsonb(f) order by f.phase, f.sub_phase) as rows
            from (
                select f.*
                from erp.production_order_phase as f
                where f.company_id = p_company_id and f.production_order_id = p_order_id
                offset 0
            ) as f
        ) as f
    cross join
        lateral (
            select pg_catalog.jsonb_agg(pg_catalog.to_jsonb(m) order by m.line) as rows
            from (
                select m.*
                from erp.production_order_material as m
                where m.company_id = p_company_id and m.production_order_id = p_order_id
                offset 0
            ) as m
        ) as m
    cross join
        lateral (
            select
                pg_catalog.jsonb_agg(
                    c.commitment || pg_catalog.jsonb_build_object('quantity', c.quantity) order by c.line, c.lot_id
                ) as rows
            from (
                select
                    coalesce(n.line, b.line) as line,
                    coalesce(n.lot_id, b.lot_id) as lot_id,
                    coalesce(pg_catalog.to_jsonb(n), pg_catalog.to_jsonb(b) - 'kept_quantity') as commitment,
                    case when b.lot_id is null then n.quantity when p_whole then b.quantity else b.kept_quantity end
                        as quantity
                from (
                    select n.*
                    from erp.material_lot as n
                    where n.company_id = p_company_id and n.production_order_id = p_order_id
                    offset 0
                ) as n
                full join (
                    select b.*
                    from erp.material_lot_before_release as b
                    where b.company_id = p_company_id and b.production_order_id = p_order_id
                    offset 0
                ) as b
                    on b.line = n.line and b.lot_id = n.lot_id
            ) as c
            where c.quantity > 0
        ) as c;
end;
