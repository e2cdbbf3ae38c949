-- `pairs` times ten movements, from `first_day` until the stock came, in the order of their days: a record issues five
-- lines and another one loads them again, so that no balance differs. They are plain records, of items that orders
-- need. Triggers and foreign keys are off.
create temporary table past as
select
    n,
    %(first_day)s::date
    + (n::bigint * (current_date - 31 - %(first_day)s::date) / %(pairs)s)::integer as record_date,
    s.warehouse_id,
    s.items
from generate_series(0, %(pairs)s - 1) as n
inner join (
    select
        b.warehouse_id,
        array_agg(b.item_id order by b.item_id) as items
    from erp.stock_balance as b
    where b.warehouse_id in (1, 2)
    group by b.warehouse_id
) as s on s.warehouse_id = 1 + mod(n, 2)
order by n;

insert into erp.stock_record (
    company_id, record_date, stock_record_id, warehouse_id, movement_reason_id, record_number
)
select
    1, p.record_date, 100000000 + 2 * p.n::bigint + s.side, p.warehouse_id, p.warehouse_id * 10 + 1 + s.side,
    1000000 + 2 * p.n + s.side
from past as p
cross join generate_series(0, 1) as s (side);

insert into erp.stock_movement (company_id, record_date, stock_record_id, line, warehouse_id, item_id, quantity)
select
    1, p.record_date, 100000000 + 2 * p.n::bigint + s.side, l.line, p.warehouse_id,
    p.items[1 + mod(hashint8extended(p.n, l.line) & 1073741823, cardinality(p.items))],
    case s.side when 0 then -1.5 else 1.5 end
from past as p
cross join generate_series(0, 1) as s (side)
cross join generate_series(1, 5) as l (line);

drop table past;
