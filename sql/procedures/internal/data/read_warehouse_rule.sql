-- Turns sent rows without faulty cells into values: warehouse_rule.
-- Precondition: erp_internal.check_warehouse_rule_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_warehouse_rule(p_rows erp_internal.sent_row[])
returns setof erp_internal.warehouse_rule_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.level,
        s.site_code,
        s.item_code,
        s.section,
        s.warehouse_code,
        s.issue_reason_code,
        s.semi_finished_issue_reason_code,
        s.load_reason_code,
        s.deletion::boolean as deletion
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'level', '') as level,
            nullif(r.cells ->> 'site_code', '') as site_code,
            nullif(r.cells ->> 'item_code', '') as item_code,
            nullif(r.cells ->> 'section', '') as section,
            nullif(r.cells ->> 'warehouse_code', '') as warehouse_code,
            nullif(r.cells ->> 'issue_reason_code', '') as issue_reason_code,
            nullif(r.cells ->> 'semi_finished_issue_reason_code', '') as semi_finished_issue_reason_code,
            nullif(r.cells ->> 'load_reason_code', '') as load_reason_code,
            nullif(r.cells ->> 'delete', '') as deletion
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
