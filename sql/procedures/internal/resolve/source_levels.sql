-- requires: internal/resolve/section_levels
-- Returns warehouse and reasons of the levels that hold a wanted section, in their precedence (R10, R11). p_mode is
-- that of erp_internal.wanted_sections.
create or replace function erp_internal.source_levels(
    p_company_id integer, p_mode text, p_purchased boolean, p_item_id bigint, p_site_id bigint, p_machine_site_id bigint
)
returns table (
    precedence integer,
    resolved_by text,
    warehouse_id bigint,
    issue_movement_reason_id bigint,
    load_movement_reason_id bigint
)
language sql
stable
parallel safe
begin atomic
    select
        l.precedence,
        l.resolved_by,
        l.warehouse_id,
        l.issue_movement_reason_id,
        l.load_movement_reason_id
    from erp_internal.section_levels(
        p_company_id, p_mode, p_purchased, p_item_id, p_site_id, p_machine_site_id
    ) as l;
end;
