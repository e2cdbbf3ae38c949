-- Turns sent rows without faulty cells into values: company.
-- Precondition: erp_internal.check_company_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_company(p_rows erp_internal.sent_row[])
returns setof erp_internal.company_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.company_code,
        s.description,
        s.wip_management::boolean as wip_management,
        s.split_on_shortage::boolean as split_on_shortage,
        s.transfer_manual_to_wip::boolean as transfer_manual_to_wip,
        s.allow_negative_stock::boolean as allow_negative_stock,
        s.over_production_percent::numeric as over_production_percent,
        s.note_required::boolean as note_required,
        s.notify_runs::boolean as notify_runs,
        s.time_zone,
        s.period_start::date as period_start,
        s.period_end::date as period_end
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'company_code', '') as company_code,
            nullif(r.cells ->> 'description', '') as description,
            nullif(r.cells ->> 'wip_management', '') as wip_management,
            nullif(r.cells ->> 'split_on_shortage', '') as split_on_shortage,
            nullif(r.cells ->> 'transfer_manual_to_wip', '') as transfer_manual_to_wip,
            nullif(r.cells ->> 'allow_negative_stock', '') as allow_negative_stock,
            nullif(r.cells ->> 'over_production_percent', '') as over_production_percent,
            nullif(r.cells ->> 'note_required', '') as note_required,
            nullif(r.cells ->> 'notify_runs', '') as notify_runs,
            nullif(r.cells ->> 'time_zone', '') as time_zone,
            nullif(r.cells ->> 'period_start', '') as period_start,
            nullif(r.cells ->> 'period_end', '') as period_end
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
