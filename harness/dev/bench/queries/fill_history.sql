-- `orders` times ten movements: of each, a record issues five lines and one loads them again, so that no balance
-- differs. Of the history (`closed`) they belong to closed orders, before the day on which the stock came; else they
-- are plain records, after it. Triggers and foreign keys are off.
create temporary table past_item as
select
    b.warehouse_id,
    b.item_id,
    row_number() over (partition by b.warehouse_id order by b.item_id) - 1 as number,
    count(*) over (partition by b.warehouse_id) as item_count
from erp.stock_balance as b;

create temporary table past_order as
select
    n as order_number,
    case when %(closed)s then 100000000 + n end as production_order_id,
    current_date - mod(n, %(days)s) - case when %(closed)s then 31 else 0 end as record_date,
    i.warehouse_id,
    i.item_count
from generate_series(1, %(orders)s) as n
inner join (select distinct p.warehouse_id, p.item_count from past_item as p) as i
    on i.warehouse_id = 1 + mod(n / %(days)s, 2);

analyze past_item, past_order;

create temporary table past_line as
select
    o.*,
    l.line,
    i.item_id
from past_order as o
cross join generate_series(1, 5) as l (line)
inner join past_item as i
    on
        i.warehouse_id = o.warehouse_id
        and i.number = mod(hashint8extended(o.order_number, l.line) & 1073741823, o.item_count);

analyze past_line;

insert into erp.production_order (
    company_id, production_order_id, order_year, order_number, item_id, copied_item_code, quantity, produced_quantity,
    status
)
select 1, o.production_order_id, 2020, o.order_number, i.item_id, i.item_code, 10, 10, 'closed'
from past_order as o
inner join erp.item as i on i.company_id = 1 and i.item_id = 2001 + mod(o.order_number, 50)
where o.production_order_id is not null;

insert into erp.production_order_phase (company_id, production_order_id, phase)
select 1, o.production_order_id, 10
from past_order as o
where o.production_order_id is not null;

insert into erp.production_order_material (company_id, production_order_id, line, item_id, unit_quantity)
select 1, l.production_order_id, l.line, l.item_id, 0.15
from past_line as l
where l.production_order_id is not null;

insert into erp.stock_record (
    company_id, record_date, stock_record_id, warehouse_id, movement_reason_id, record_number, production_order_id,
    order_year, order_number, order_lot
)
select
    1, o.record_date, 100000000 + 2 * o.order_number + s.side, o.warehouse_id, o.warehouse_id * 10 + 1 + s.side,
    1000000 + 2 * o.order_number + s.side, o.production_order_id, case when %(closed)s then 2020 end,
    case when %(closed)s then o.order_number end, case when %(closed)s then 0 end
from past_order as o
cross join generate_series(0, 1) as s (side);

insert into erp.stock_movement (company_id, record_date, stock_record_id, line, warehouse_id, item_id, quantity)
select
    1, l.record_date, 100000000 + 2 * l.order_number + s.side, l.line, l.warehouse_id, l.item_id,
    case s.side when 0 then -1.5 else 1.5 end
from past_line as l
cross join generate_series(0, 1) as s (side);

drop table past_item, past_order, past_line;
