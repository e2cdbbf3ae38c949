-- Returns the reasons not to roll registrations back of which documents gave something back: what was returned must
-- stay covered by what was issued, so the documents are taken back first.
-- p_removals: the registrations, by turn; earlier ones count as rolled back. Precondition: the orders are locked.
create or replace function erp_internal.check_registered_returns(
    p_company_id integer, p_removals erp_internal.removal[]
)
returns setof erp_internal.refusal
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    return query
    with documented as materialized (
        select o.production_order_id, d.document_keys
        from (select distinct a.production_order_id from unnest(p_removals) as a) as o
        cross join lateral erp_internal.order_document_keys(p_company_id, o.production_order_id) as d
    ),

    moved as (
        select
            m.ordinal,
            a.production_order_id,
            a.order_label,
            m.material_line as line,
            coalesce(m.lot_id, 0) as lot_id,
            pg_catalog.sum(-m.quantity) as issued
        from erp_internal.movements_in_force(p_company_id, p_removals) as m
        inner join unnest(p_removals) with ordinality as a on a.ordinality = m.ordinal
        where m.material_line is not null and not m.counterpart
        group by 1, 2, 3, 4, 5
    ),

    issued as (
        select g.*
        from erp_internal.issued_materials(
            p_company_id, array(select d.production_order_id from documented as d)
        ) as g
    ),

    uncovered as (
        select m.*, g.quantity
        from (
            select
                m.*,
                pg_catalog.sum(m.issued) over (
                    partition by m.production_order_id, m.line, m.lot_id order by m.ordinal
                ) as issued_so_far
            from moved as m
        ) as m
        inner join issued as g
            on g.production_order_id = m.production_order_id and g.line = m.line and g.lot_id = m.lot_id
        where pg_catalog.sign(m.issued) * (g.quantity - m.issued_so_far) < 0
    )

    select r.*
    from (select distinct u.ordinal, u.production_order_id, u.order_label from uncovered as u) as u
    inner join documented as d on d.production_order_id = u.production_order_id
    cross join lateral erp_internal.refusal(
        p_ordinal => u.ordinal,
        p_code => 'documents_exist',
        p_order_label => u.order_label,
        p_detail => d.document_keys
    ) as r;
end;
$$;
