-- Turns sent rows without faulty cells into values: production_order_phase.
-- Precondition: erp_internal.check_production_order_phase_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_production_order_phase(p_rows erp_internal.sent_row[])
returns setof erp_internal.production_order_phase_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.phase::integer as phase,
        coalesce(s.sub_phase, '0')::integer as sub_phase,
        s.description,
        s.department,
        s.work_center,
        s.machine,
        s.machine_site_code,
        s.external::boolean as external,
        s.productive::boolean as productive,
        s.movable::boolean as movable
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'phase', '') as phase,
            nullif(r.cells ->> 'sub_phase', '') as sub_phase,
            nullif(r.cells ->> 'description', '') as description,
            nullif(r.cells ->> 'department', '') as department,
            nullif(r.cells ->> 'work_center', '') as work_center,
            nullif(r.cells ->> 'machine', '') as machine,
            nullif(r.cells ->> 'machine_site_code', '') as machine_site_code,
            nullif(r.cells ->> 'external', '') as external,
            nullif(r.cells ->> 'productive', '') as productive,
            nullif(r.cells ->> 'movable', '') as movable
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
