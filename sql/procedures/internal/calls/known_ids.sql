-- Tells which ids of a call are orders of the company, or declarations (p_kind: order or declaration), and at which
-- position each was requested (R7). An unknown id moves nothing and has no row in the history: the arguments of the run
-- name it, and the answer is made from there.
-- Precondition for execution: the orders are locked.
create or replace function erp_internal.known_ids(
    p_company_id integer,
    p_kind text,
    p_ids bigint[],
    out known_ids bigint[],
    out known_ordinals integer[],
    out unknown erp_internal.requested_id[]
)
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    select
        coalesce(pg_catalog.array_agg(a.id) filter (where a.known), '{}'),
        coalesce(pg_catalog.array_agg(a.ordinal) filter (where a.known), '{}'),
        coalesce(pg_catalog.array_agg(u::erp_internal.requested_id) filter (where not a.known), '{}')
    into known_ids, known_ordinals, unknown
    from (
        select a.id, a.ordinal::integer as ordinal, coalesce(k.known, false) as known
        from unnest(p_ids) with ordinality as a (id, ordinal)
        left join lateral (
            select true as known
            from erp_internal.order_row(p_company_id, a.id) as o
            where p_kind = 'order'
            union all
            select true
            from erp_internal.declaration_row(p_company_id, a.id) as d
            where p_kind = 'declaration'
            offset 0
        ) as k on true
        order by a.ordinal
        offset 0
    ) as a
    cross join lateral (select a.ordinal, a.id) as u;
end;
$$;
