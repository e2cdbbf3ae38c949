-- requires: internal/resolve/wanted_sections
-- Returns the levels that hold a wanted section, in their precedence (R10, R11): section, warehouse and reasons of
-- each.
create or replace function erp_internal.section_levels(
    p_company_id integer, p_mode text, p_purchased boolean, p_item_id bigint, p_site_id bigint, p_machine_site_id bigint
)
returns table (
    precedence integer,
    resolved_by text,
    section text,
    warehouse_id bigint,
    issue_movement_reason_id bigint,
    load_movement_reason_id bigint
)
language sql
stable
parallel safe
begin atomic
    select distinct on (l.precedence)
        l.precedence,
        l.resolved_by,
        l.section,
        l.warehouse_id,
        case
            when l.section = 'wip' and not p_purchased then l.semi_finished_issue_movement_reason_id
            else l.issue_movement_reason_id
        end as issue_movement_reason_id,
        l.load_movement_reason_id
    from (
        select
            2 as precedence,
            'site' as resolved_by,
            r.*
        from erp.warehouse_rule as r
        where r.company_id = p_company_id and r.level = 'site' and r.site_id = p_site_id
        union all
        select
            3 as precedence,
            'item' as resolved_by,
            r.*
        from erp.warehouse_rule as r
        where r.company_id = p_company_id and r.level = 'item' and r.site_id is null and r.item_id = p_item_id
        union all
        select
            4 as precedence,
            'machine' as resolved_by,
            r.*
        from erp.warehouse_rule as r
        where r.company_id = p_company_id and r.level = 'site' and r.site_id = p_machine_site_id
        union all
        select
            5 as precedence,
            'company' as resolved_by,
            r.*
        from erp.warehouse_rule as r
        where r.company_id = p_company_id and r.level = 'company'
    ) as l
    where l.section = any(erp_internal.wanted_sections(p_mode, p_purchased))
    order by l.precedence, l.section = 'wip' desc;
end;
