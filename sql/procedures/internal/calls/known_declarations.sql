-- Tells which ids of a call are declarations of the company, and at which position each was requested; as
-- erp_internal.known_orders does for orders.
-- Precondition for execution: the orders are locked.
create or replace function erp_internal.known_declarations(
    p_company_id integer,
    p_declaration_ids bigint[],
    out known_ids bigint[],
    out known_ordinals integer[],
    out unknown_ids bigint[],
    out unknown_ordinals integer[]
)
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    select
        coalesce(pg_catalog.array_agg(a.id) filter (where a.known), '{}'),
        coalesce(pg_catalog.array_agg(a.ordinal) filter (where a.known), '{}'),
        coalesce(pg_catalog.array_agg(a.id) filter (where not a.known), '{}'),
        coalesce(pg_catalog.array_agg(a.ordinal) filter (where not a.known), '{}')
    into known_ids, known_ordinals, unknown_ids, unknown_ordinals
    from (
        select a.id, a.ordinal::integer as ordinal, coalesce(d.known, false) as known
        from unnest(p_declaration_ids) with ordinality as a (id, ordinal)
        left join lateral (
            select true as known
            from erp.production_declaration as d
            where d.company_id = p_company_id and d.production_declaration_id = a.id
            offset 0
        ) as d on true
        order by a.ordinal
        offset 0
    ) as a;
end;
$$;
