-- requires: internal/guards/protect_order_rows, internal/guards/refuse_truncate
-- Phases of an order (R20): see erp_internal.protect_order_rows. An order carries who works on its first phase, for the
-- grids (R42).

create or replace function erp_internal.copy_first_phases()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
declare
    v_orders erp_internal.first_phase [];
    v_previous_mode text;
begin
    -- tables are probed by key: the statistics do not know what the statement has written
    with changed as materialized (
        select distinct r.company_id, r.production_order_id from changed_rows as r
    )

    select array_agg(p::erp_internal.first_phase)
    into v_orders
    from (
        select o.row_ctid, f.department, f.work_center, f.machine
        from changed as a
        cross join lateral (
            select o.ctid as row_ctid, o.first_department, o.first_work_center, o.first_machine
            from erp.production_order as o
            where o.company_id = a.company_id and o.production_order_id = a.production_order_id
            offset 0
        ) as o
        left join lateral (
            select f.department, f.work_center, f.machine
            from erp.production_order_phase as f
            where f.company_id = a.company_id and f.production_order_id = a.production_order_id
            order by f.phase, f.sub_phase
            limit 1
        ) as f on true
        where
            f.department is distinct from o.first_department
            or f.work_center is distinct from o.first_work_center
            or f.machine is distinct from o.first_machine
    ) as p;
    if v_orders is null then
        return null;
    end if;
    v_previous_mode := erp_internal.set_write_mode('run');
    update erp.production_order as o
    set first_department = f.department, first_work_center = f.work_center, first_machine = f.machine
    from unnest(v_orders) as f
    where o.ctid = f.row_ctid;
    perform erp_internal.set_write_mode(v_previous_mode);
    return null;
end;
$$;

-- they fire after those that lock the order, which the alphabet puts first
create or replace trigger production_order_phase_insert_shown
after insert on erp.production_order_phase
referencing new table as changed_rows
for each statement execute function erp_internal.copy_first_phases();

create or replace trigger production_order_phase_update_shown
after update on erp.production_order_phase
referencing new table as changed_rows
for each statement execute function erp_internal.copy_first_phases();

create or replace trigger production_order_phase_delete_shown
after delete on erp.production_order_phase
referencing old table as changed_rows
for each statement execute function erp_internal.copy_first_phases();

create or replace trigger production_order_phase_insert_protected
after insert on erp.production_order_phase
referencing new table as new_rows
for each statement execute function erp_internal.protect_order_rows();

create or replace trigger production_order_phase_update_protected
after update on erp.production_order_phase
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.protect_order_rows();

create or replace trigger production_order_phase_delete_protected
after delete on erp.production_order_phase
referencing old table as old_rows
for each statement execute function erp_internal.protect_order_rows();

create or replace trigger production_order_phase_truncate_refused
before truncate on erp.production_order_phase
for each statement execute function erp_internal.refuse_truncate();
