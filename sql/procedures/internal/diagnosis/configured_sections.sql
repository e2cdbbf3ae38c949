-- Returns what each level of the warehouse rules gives by itself (R10, R11), in each of the given modes: the company,
-- the sites, and the items with rules of their own. A reason that is null is missing there.
create or replace function erp_internal.configured_sections(p_company_id integer, p_modes text[])
returns table (
    level text,
    purchased boolean,
    item_id bigint,
    site_code text,
    item_code text,
    mode text,
    section text,
    warehouse_id bigint,
    movement_reason_id bigint
)
language plpgsql
stable
as $$
#variable_conflict use_column
begin
    return query
    select
        k.level,
        k.purchased,
        k.item_id,
        k.site_code,
        k.item_code,
        m.mode,
        s.section,
        s.warehouse_id,
        case when m.mode = 'transfer' then s.load_movement_reason_id else s.issue_movement_reason_id end
            as movement_reason_id
    from (
        select
            5 as precedence,
            'company' as level,
            b.purchased,
            null::bigint as item_id,
            null::bigint as site_id,
            null as item_code,
            null as site_code
        from (values (true), (false)) as b (purchased)
        union all
        select
            2,
            'site',
            b.purchased,
            null,
            t.site_id,
            null,
            t.site_code
        from erp.site as t
        cross join (values (true), (false)) as b (purchased)
        where t.company_id = p_company_id
        union all
        select
            3,
            'item',
            r.procurement_type = 'purchase',
            i.item_id,
            null,
            i.item_code,
            null
        from erp.item as i
        inner join erp.item_mrp_parameter as r on r.company_id = p_company_id and r.item_id = i.item_id
        where
            i.company_id = p_company_id
            and exists (
                select
                from erp.warehouse_rule as w
                where w.company_id = p_company_id and w.level = 'item' and w.item_id = i.item_id
            )
    ) as k
    cross join unnest(p_modes) as m (mode)
    cross join lateral erp_internal.section_levels(
        p_company_id, m.mode, k.purchased, k.item_id, k.site_id, null
    ) as s
    where s.precedence = k.precedence;
end;
$$;
