-- `pairs` times ten movements, from `first_day` until the stock came, in the order of their days: a record issues five
-- lines and another one loads them again, so that no balance differs. They are plain records, of items that orders
-- need. Triggers and foreign keys are off.
create temporary table past_item as
select
    b.warehouse_id,
    b.item_id,
    row_number() over (partition by b.warehouse_id order by b.item_id) - 1 as number,
    count(*) over (partition by b.warehouse_id) as item_count
from erp.stock_balance as b
where b.warehouse_id in (1, 2);

create temporary table past_record as
select
    n,
    %(first_day)s::date
    + (n::bigint * (current_date - 31 - %(first_day)s::date) / %(pairs)s)::integer as record_date,
    i.warehouse_id,
    i.item_count
from generate_series(0, %(pairs)s - 1) as n
inner join past_item as i on i.warehouse_id = 1 + mod(n, 2) and i.number = 0;

analyze past_item, past_record;

insert into erp.stock_record (
    company_id, record_date, stock_record_id, warehouse_id, movement_reason_id, record_number
)
select
    1, r.record_date, 100000000 + 2 * r.n::bigint + s.side, r.warehouse_id, r.warehouse_id * 10 + 1 + s.side,
    1000000 + 2 * r.n + s.side
from past_record as r
cross join generate_series(0, 1) as s (side);

insert into erp.stock_movement (company_id, record_date, stock_record_id, line, warehouse_id, item_id, quantity)
select
    1, r.record_date, 100000000 + 2 * r.n::bigint + s.side, l.line, r.warehouse_id, i.item_id,
    case s.side when 0 then -1.5 else 1.5 end
from past_record as r
cross join generate_series(0, 1) as s (side)
cross join generate_series(1, 5) as l (line)
inner join past_item as i
    on
        i.warehouse_id = r.warehouse_id
        and i.number = mod(hashint8extended(r.n, l.line) & 1073741823, r.item_count);

drop table past_item, past_record;
