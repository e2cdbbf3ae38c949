-- requires: internal/lookups/closes_order
-- The production declarations (R51), with the registration in force, if any. Counts are subqueries of the select list,
-- so that they are computed for the rows of the page only (R42).
create or replace view erp_api.declaration_grid as
select
    d.company_id,
    d.production_declaration_id as declaration_id,
    d.production_order_id as order_id,
    o.order_year,
    o.order_number,
    o.order_lot,
    o.status as order_status,
    i.item_code,
    v.variant_code,
    i.description as item_description,
    o.quantity as order_quantity,
    i.uom,
    d.phase,
    d.sub_phase,
    f.description as phase_description,
    f.department,
    f.work_center,
    f.machine,
    d.kind,
    d.declared_at,
    d.good_quantity,
    d.scrap_quantity,
    d.lot_code,
    d.note,
    d.registration_run_id is not null as registered,
    d.registration_run_id as run_id,
    r.started_at as registered_at,
    r.caller_role as registered_by,
    (
        select pg_catalog.count(*)::integer
        from erp.stock_record as x
        where
            x.company_id = d.company_id and x.production_declaration_id = d.production_declaration_id
            and x.run_id = d.registration_run_id
    ) as record_count,
    (
        select pg_catalog.count(*)::integer
        from (
            -- the statistics do not know records and movements of a new day, so each is probed by key
            select
                x.record_date,
                x.stock_record_id,
                x.run_id
            from erp.stock_record as x
            where x.company_id = d.company_id and x.production_declaration_id = d.production_declaration_id
            offset 0
        ) as x
        cross join
            lateral (
                select
                from erp.stock_movement as m
                where
                    m.company_id = d.company_id and m.record_date = x.record_date
                    and m.stock_record_id = x.stock_record_id
                offset 0
            ) as m
        where x.run_id = d.registration_run_id
    ) as movement_count,
    d.kind = 'closing'
    and erp_internal.closes_order(d.company_id, d.production_order_id, d.phase, d.sub_phase) as closes_order,
    d.created_at,
    d.created_by
from erp.production_declaration as d
inner join erp.production_order as o
    on o.company_id = d.company_id and o.production_order_id = d.production_order_id
inner join erp.production_order_phase as f
    on
        f.company_id = d.company_id and f.production_order_id = d.production_order_id
        and f.phase = d.phase and f.sub_phase = d.sub_phase
inner join erp.item as i on i.company_id = o.company_id and i.item_id = o.item_id
left join erp.item_variant as v on v.company_id = o.company_id and v.item_variant_id = o.item_variant_id
left join erp.run as r on r.company_id = d.company_id and r.run_id = d.registration_run_id;

comment on view erp_api.declaration_grid is 'The declaration grid: the production declarations of the caller''s companies, registered or not, with the registration in force (R40, R51).';
comment on column erp_api.declaration_grid.company_id is 'The company.';
comment on column erp_api.declaration_grid.declaration_id is 'Id of the declaration, to pass to the functions.';
comment on column erp_api.declaration_grid.order_id is 'The order.';
comment on column erp_api.declaration_grid.order_year is 'Year of the order.';
comment on column erp_api.declaration_grid.order_number is 'Number of the order within the year.';
comment on column erp_api.declaration_grid.order_lot is 'Lot of the order, from 0.';
comment on column erp_api.declaration_grid.order_status is 'Status of the order.';
comment on column erp_api.declaration_grid.item_code is 'The item produced.';
comment on column erp_api.declaration_grid.variant_code is 'Variant produced, if any.';
comment on column erp_api.declaration_grid.item_description is 'Description of the item.';
comment on column erp_api.declaration_grid.order_quantity is 'Quantity of the order, in uom.';
comment on column erp_api.declaration_grid.uom is 'Unit of measure of the quantities.';
comment on column erp_api.declaration_grid.phase is 'The phase worked on.';
comment on column erp_api.declaration_grid.sub_phase is 'The sub-phase worked on.';
comment on column erp_api.declaration_grid.phase_description is 'What is done in the phase.';
comment on column erp_api.declaration_grid.department is 'Department of the phase.';
comment on column erp_api.declaration_grid.work_center is 'Work center of the phase.';
comment on column erp_api.declaration_grid.machine is 'Machine of the phase.';
comment on column erp_api.declaration_grid.kind is 'opening, suspension, resume, progress or closing.';
comment on column erp_api.declaration_grid.declared_at is 'The moment reported.';
comment on column erp_api.declaration_grid.good_quantity is 'Good quantity, in uom.';
comment on column erp_api.declaration_grid.scrap_quantity is 'Scrapped quantity, in uom.';
comment on column erp_api.declaration_grid.lot_code is 'Lot of the quantities, where the produced item is a lot item.';
comment on column erp_api.declaration_grid.note is 'Note.';
comment on column erp_api.declaration_grid.registered is 'It is registered.';
comment on column erp_api.declaration_grid.run_id is 'The run that registered it; null where it is not registered.';
comment on column erp_api.declaration_grid.registered_at is 'When it was registered.';
comment on column erp_api.declaration_grid.registered_by is 'Who registered it.';
comment on column erp_api.declaration_grid.record_count is 'Stock records of the registration in force, counterparts included.';
comment on column erp_api.declaration_grid.movement_count is 'Stock movements of the registration in force, counterparts included.';
comment on column erp_api.declaration_grid.closes_order is 'It is the closing of the last productive phase: once registered, the order is closed (R52).';
comment on column erp_api.declaration_grid.created_at is 'When the row was made.';
comment on column erp_api.declaration_grid.created_by is 'Who made it.';
