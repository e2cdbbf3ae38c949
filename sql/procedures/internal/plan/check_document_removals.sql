-- Returns the reasons not to take stock documents back of what they picked for orders or gave back from them: what else
-- was given back must stay covered by what was issued (return_exceeds_issued), and what a registration in force counted
-- stays until it is rolled back (counted_by_registration).
-- A registration issues what its rows need for all that was declared, less what was picked and issued and not given
-- back. So it counted a pick if it and the other picks do not cover the need without it, and a return if it issued more
-- than that need.
-- p_refusals are the reasons found before: a document that has one is not asked again, and what it moved stays. Earlier
-- documents of the call count as taken back. Precondition: documents and orders are locked.
create or replace function erp_internal.check_document_removals(
    p_company_id integer, p_removals erp_internal.removal[], p_refusals erp_internal.refusal[]
)
returns setof erp_internal.refusal
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_order_ids bigint [];
begin
    v_order_ids := array(
        select distinct r.production_order_id
        from unnest(p_removals) as a
        cross join lateral erp_internal.records_of_document(p_company_id, a.document_key) as r
        where r.production_order_id is not null
    );
    if v_order_ids = '{}' then
        return;
    end if;

    return query
    with moved as materialized (
        select
            a.ordinality as ordinal,
            a.document_key,
            r.production_order_id,
            m.material_line as line,
            m.item_id,
            coalesce(m.lot_id, 0) as lot_id,
            -m.quantity * f.direction as issued,
            case when m.picked then -m.quantity * f.direction else 0 end as picked,
            case when m.picked then 0 else m.quantity * f.direction end as returned,
            f.direction
        from unnest(p_removals) with ordinality as a
        left join erp_internal.refused_ordinals(p_refusals) as x on x.ordinal = a.ordinality
        cross join lateral erp_internal.records_of_document(p_company_id, a.document_key) as r
        cross join lateral erp_internal.movements_of_record(p_company_id, r.record_date, r.stock_record_id) as m
        cross join lateral erp_internal.material_by_line(p_company_id, r.production_order_id, m.material_line) as n
        cross join lateral (select case when n.unit_quantity < 0 then -1 else 1 end as direction) as f
        where x.ordinal is null and not m.counterpart
    ),

    issued as materialized (
        select g.*
        from erp_internal.issued_materials(p_company_id, v_order_ids) as g
    ),

    by_lot as (
        select
            m.*,
            pg_catalog.sum(m.issued) over (
                partition by m.production_order_id, m.line, m.lot_id order by m.ordinal
            ) as issued_so_far
        from (
            select
                m.ordinal, m.document_key, m.production_order_id, m.line, m.item_id, m.lot_id, m.direction,
                pg_catalog.sum(m.issued) as issued
            from moved as m
            group by 1, 2, 3, 4, 5, 6, 7
        ) as m
    ),

    -- what the phases have registered of each order; rows without a phase go with the producing one
    registered as (
        select
            d.production_order_id, d.phase, d.sub_phase, p.producing,
            pg_catalog.sum(d.good_quantity + d.scrap_quantity) as quantity
        from unnest(v_order_ids) as a (production_order_id)
        cross join lateral erp_internal.declarations_of_order(p_company_id, a.production_order_id) as d
        inner join erp_internal.phase_roles(p_company_id, v_order_ids) as p
            on
                p.production_order_id = d.production_order_id and p.phase = d.phase and p.sub_phase = d.sub_phase
        where d.registration_run_id is not null and p.movable
        group by 1, 2, 3, 4
    ),

    by_row as (
        select
            m.*,
            pg_catalog.sum(m.picked) over g as picked_so_far,
            pg_catalog.sum(m.returned) over g as returned_so_far
        from (
            select
                m.ordinal, m.document_key, m.production_order_id, m.line, m.item_id, m.direction,
                pg_catalog.sum(m.picked) as picked, pg_catalog.sum(m.returned) as returned
            from moved as m
            group by 1, 2, 3, 4, 5, 6
        ) as m
        window g as (partition by m.production_order_id, m.line order by m.ordinal)
    ),

    -- rows that registrations serve: those kept as manual, and without a release those that are manual now
    needed as (
        select
            b.*,
            erp_internal.declared_quantity(
                n.unit_quantity, n.fixed, n.scrap_percent, i.quantity_decimals, o.quantity_before, o.quantity,
                r.quantity, 0
            ) as needed,
            g.registered_quantity * b.direction as registered_quantity,
            g.picked_quantity * b.direction as picked_quantity,
            g.returned_quantity * b.direction as returned_quantity
        from by_row as b
        cross join lateral erp_internal.order_by_id(p_company_id, b.production_order_id) as o
        cross join lateral erp_internal.material_by_line(p_company_id, b.production_order_id, b.line) as n
        cross join lateral erp_internal.item_by_id(p_company_id, b.item_id) as i
        inner join registered as r
            on
                r.production_order_id = b.production_order_id
                and case
                    when n.phase is null then r.producing
                    else r.phase = n.phase and r.sub_phase = coalesce(n.sub_phase, 0)
                end
        inner join (
            select
                g.production_order_id, g.line,
                pg_catalog.sum(g.registered_quantity) as registered_quantity,
                pg_catalog.sum(g.picked_quantity) as picked_quantity,
                pg_catalog.sum(g.returned_quantity) as returned_quantity
            from issued as g
            group by 1, 2
        ) as g on g.production_order_id = b.production_order_id and g.line = b.line
        left join lateral (
            select k.*
            from erp.released_material as k
            where k.company_id = p_company_id and k.production_order_id = b.production_order_id and k.line = b.line
            offset 0
        ) as k on true
        left join lateral (
            select p.picking_type
            from erp.item_mrp_parameter as p
            where p.company_id = p_company_id and p.item_id = b.item_id
            offset 0
        ) as p on true
        where
            case when k.line is null then n.movable else k.movable end
            and coalesce(k.picking_type, p.picking_type, 'manual') = 'manual'
    ),

    reason as (
        select
            b.ordinal, b.document_key, b.production_order_id, b.line, b.item_id, b.lot_id,
            'return_exceeds_issued' as code,
            b.issued as required,
            g.quantity * b.direction - b.issued_so_far + b.issued as available
        from by_lot as b
        inner join issued as g
            on g.production_order_id = b.production_order_id and g.line = b.line and g.lot_id = b.lot_id
        where b.issued > 0 and g.quantity * b.direction < b.issued_so_far
        union all
        select
            n.ordinal, n.document_key, n.production_order_id, n.line, n.item_id, 0,
            'counted_by_registration',
            null,
            null
        from needed as n
        where
            n.picked > 0 and n.registered_quantity < n.needed - (n.picked_quantity - n.picked_so_far)
            or n.returned > 0 and n.registered_quantity
            > greatest(n.needed - n.picked_quantity, 0) + n.returned_quantity - n.returned_so_far
    )

    select r.*
    from reason as s
    cross join lateral erp_internal.order_by_id(p_company_id, s.production_order_id) as o
    cross join lateral erp_internal.refusal(
        p_ordinal => s.ordinal,
        p_code => s.code,
        p_order_label => erp_internal.order_label(o.order_year, o.order_number, o.order_lot),
        p_line => s.line,
        p_item_id => s.item_id,
        p_lot_id => nullif(s.lot_id, 0),
        p_required => s.required,
        p_available => s.available,
        p_document_key => s.document_key
    ) as r;
end;
$$;
