-- What was staged, as orders of the year before. Triggers fire in the mode of a run, as they do for a put; checks of
-- foreign keys are planned on their indexes, as they are there.
set local enable_seqscan = off;

select erp_internal.set_write_mode('run');

insert into erp.production_order (
    company_id, order_year, order_number, item_id, copied_item_code, quantity, start_date, end_date, first_machine
)
select
    1, s.order_year - 1, s.order_number, i.item_id, i.item_code, s.quantity, s.start_date, s.end_date, f.machine
from staged_order as s
inner join erp.item as i on i.company_id = 1 and i.item_code = s.item_code
inner join (
    select distinct on (f.order_year, f.order_number)
        f.order_year,
        f.order_number,
        f.machine
    from staged_phase as f
    order by f.order_year, f.order_number, f.phase
) as f on f.order_year = s.order_year and f.order_number = s.order_number
order by s.order_year, s.order_number;

insert into erp.production_order_phase (company_id, production_order_id, phase, description, machine)
select 1, o.production_order_id, s.phase, s.description, s.machine
from staged_phase as s
inner join erp.production_order as o
    on o.company_id = 1 and o.order_year = s.order_year - 1 and o.order_number = s.order_number and o.order_lot = 0;

insert into erp.production_order_material (
    company_id, production_order_id, line, item_id, unit_quantity, scrap_percent, phase, sub_phase
)
select 1, o.production_order_id, s.line, i.item_id, s.unit_quantity, s.scrap_percent, s.phase, 0
from staged_material as s
inner join erp.item as i on i.company_id = 1 and i.item_code = s.item_code
inner join erp.production_order as o
    on o.company_id = 1 and o.order_year = s.order_year - 1 and o.order_number = s.order_number and o.order_lot = 0;
