-- Tryton's data in the columns of the load format of rilascio; state.sql comes first. Upgrades of Tryton change tables,
-- so all views have to go before it, by `drop schema rilascio_base cascade`, and are made again afterwards.
-- Those in schema rilascio_base are what the others are made of. Tryton keeps quantities in double precision: each is
-- rounded to the decimals of its unit before it is added to another.
create schema if not exists rilascio_base;

-- The company of the link; another one is chosen here.
create or replace view rilascio_base.company as
select
    c.id as company,
    p.code as company_code,
    p.name,
    c.timezone
from company_company as c
inner join party_party as p on p.id = c.party
where c.id = (select min(o.id) from company_company as o);

-- Where stock lies: a Tryton warehouse is a warehouse, each storage location in it a location.
create or replace view rilascio_base.location as
select
    l.id as location,
    w.id as warehouse,
    coalesce(nullif(w.code, ''), 'W' || w.id) as warehouse_code,
    coalesce(nullif(l.code, ''), 'L' || l.id) as location_code
from stock_location as l
inner join stock_location as w on w.type = 'warehouse' and l."left" between w."left" and w."right"
where l.type = 'storage';

-- What is stocked, in its default unit.
create or replace view rilascio_base.product as
select
    p.id as product,
    coalesce(nullif(p.code, ''), 'P' || p.id) as item_code,
    t.name,
    t.producible,
    u.id as unit,
    u.symbol,
    u.digits,
    u.factor,
    coalesce(t.lot_required ? 'storage', false) as has_lots
from product_product as p
inner join product_template as t on t.id = p.template
inner join product_uom as u on u.id = t.default_uom
where t.type in ('goods', 'assets');

-- Productions, with the key of their order: numbers of the sequence are whole numbers, unless it was given a prefix.
-- Open are those that wait, and those that run because rilascio released them.
create or replace view rilascio_base.production as
select
    o.id as production,
    extract(year from o.create_date)::integer as order_year,
    o.number::integer as order_number,
    0 as order_lot,
    p.item_code,
    round((o.quantity * u.factor / p.factor)::numeric, p.digits) as quantity,
    case o.state when 'running' then 'executive' when 'done' then 'closed' else 'launched' end as status,
    o.planned_start_date,
    o.planned_date,
    o.warehouse,
    o.state in ('waiting', 'assigned')
    or o.state = 'running' and o.id in (select r.production from rilascio.release as r) as is_open
from production as o
inner join rilascio_base.product as p on p.product = o.product
inner join product_uom as u on u.id = o.unit
where
    o.company = (select c.company from rilascio_base.company as c)
    and o.type = 'assembly' and o.quantity > 0 and o.state in ('waiting', 'assigned', 'running', 'done');

-- The inputs of orders, before release. Those of one product and location are a material row: so it stays what it is
-- when Tryton parts an input, by lots say, or the adapter makes new ones.
create or replace view rilascio_base.input as
select
    o.order_year,
    o.order_number,
    o.order_lot,
    o.quantity as order_quantity,
    (dense_rank() over (partition by o.production order by p.item_code, l.location_code))::integer as line,
    p.item_code,
    coalesce(l.warehouse_code, 'none') as warehouse_code, -- from no warehouse: refused, since there is none such
    l.location_code,
    t.number as lot_code,
    round(i.internal_quantity::numeric, p.digits) as quantity
from (
    select
        m.production_input as production,
        m.product,
        m.from_location,
        m.lot,
        m.internal_quantity
    from stock_move as m
    where
        m.state in ('staging', 'draft', 'assigned')
        and m.production_input not in (select r.production from rilascio.release as r)
    union all
    select
        k.production,
        k.product,
        k.from_location,
        k.lot,
        k.internal_quantity
    from rilascio.release_input as k
) as i
inner join rilascio_base.production as o on o.production = i.production and o.is_open
inner join rilascio_base.product as p on p.product = i.product
left join rilascio_base.location as l on l.location = i.from_location
left join stock_lot as t on t.id = i.lot and p.has_lots;

-- Both sides of each move that was done, as far as they lie in a warehouse.
create or replace view rilascio_base.stock_line as
select
    m.id as move,
    m.effective_date,
    l.warehouse_code,
    l.location_code,
    p.item_code,
    t.number as lot_code,
    s.sign * round(m.internal_quantity::numeric, p.digits) as quantity,
    m.id in (select o.move from rilascio.opening_move as o) as is_opening,
    m.production_input is not null
    and m.production_input in (select r.production from rilascio.release as r) as from_rilascio
from stock_move as m
cross join lateral (values (m.from_location, -1), (m.to_location, 1)) as s (location, sign)
inner join rilascio_base.location as l on l.location = s.location
inner join rilascio_base.product as p on p.product = m.product
left join stock_lot as t on t.id = m.lot and p.has_lots
where
    m.state = 'done' and m.internal_quantity > 0
    and m.company = (select c.company from rilascio_base.company as c);

-- From here on: the load format. Periods that Tryton has closed are closed.
create or replace view rilascio.company as
select
    c.company_code,
    c.name as description,
    c.timezone as time_zone,
    coalesce(
        (
            select max(p.date) + 1 from stock_period as p
            where p.company = c.company and p.state = 'closed'
        ),
        date '2000-01-01'
    ) as period_start,
    date '2999-12-31' as period_end
from rilascio_base.company as c;

create or replace view rilascio.item as
select
    p.item_code,
    p.name as description,
    p.symbol as uom,
    p.digits as quantity_decimals,
    case when p.has_lots then 'lot' else 'none' end as tracking
from rilascio_base.product as p;

-- When a production runs, all its inputs are done: so all are issued by the release.
create or replace view rilascio.item_mrp_parameter as
select
    p.item_code,
    'automatic' as picking_type,
    case when p.producible then 'production' else 'purchase' end as procurement_type
from rilascio_base.product as p;

create or replace view rilascio.warehouse as
select distinct
    l.warehouse_code,
    w.name as description,
    true as check_location
from rilascio_base.location as l
inner join stock_location as w on w.id = l.warehouse;

create or replace view rilascio.location as
select
    l.warehouse_code,
    l.location_code
from rilascio_base.location as l;

-- Tryton has no reasons; three tell what it does tell.
create or replace view rilascio.movement_reason as
select distinct
    l.warehouse_code,
    r.reason_code,
    r.description,
    r.direction,
    r.usable_in_production
from rilascio_base.location as l
cross join (
    values
    ('IN', 'Into stock', 'load', true),
    ('OUT', 'Out of stock', 'issue', false),
    ('PRI', 'Production input', 'issue', true)
) as r (reason_code, description, direction, usable_in_production);

-- Orders and their materials name a warehouse; what does not, is taken from the first one.
create or replace view rilascio.warehouse_rule as
select
    'company' as level,
    s.section,
    (select min(l.warehouse_code) from rilascio_base.location as l) as warehouse_code,
    'PRI' as issue_reason_code,
    'IN' as load_reason_code
from (values ('raw_material'), ('semi_finished'), ('finished')) as s (section);

create or replace view rilascio.lot as
select distinct
    p.item_code,
    t.number as lot_code
from stock_lot as t
inner join rilascio_base.product as p on p.product = t.product and p.has_lots;

create or replace view rilascio.production_order as
select
    o.order_year,
    o.order_number,
    o.order_lot,
    o.item_code,
    o.quantity,
    o.planned_start_date as start_date,
    o.planned_date as end_date,
    w.warehouse_code as load_warehouse_code,
    'IN' as load_reason_code
from rilascio_base.production as o
inner join (select distinct
    l.warehouse,
    l.warehouse_code
from rilascio_base.location as l) as w
    on w.warehouse = o.warehouse
where o.is_open;

create or replace view rilascio.production_order_material as
select
    i.order_year,
    i.order_number,
    i.order_lot,
    i.line,
    i.item_code,
    round(sum(i.quantity) / i.order_quantity, 10) as unit_quantity,
    i.warehouse_code,
    'PRI' as reason_code,
    i.location_code
from rilascio_base.input as i
group by
    i.order_year, i.order_number, i.order_lot, i.order_quantity, i.line, i.item_code, i.warehouse_code, i.location_code;

create or replace view rilascio.material_lot as
select
    i.order_year,
    i.order_number,
    i.order_lot,
    i.line,
    i.lot_code,
    sum(i.quantity) as quantity
from rilascio_base.input as i
where i.lot_code is not null and i.quantity > 0
group by i.order_year, i.order_number, i.order_lot, i.line, i.lot_code;

create or replace view rilascio.opening_stock as
select
    s.warehouse_code,
    s.item_code,
    s.lot_code,
    s.location_code,
    sum(s.quantity) as quantity,
    max(s.effective_date) as record_date,
    'IN' as reason_code
from rilascio_base.stock_line as s
where s.is_opening
group by s.warehouse_code, s.item_code, s.lot_code, s.location_code
having sum(s.quantity) > 0;

-- What was done since, but for what came from rilascio: a document for each move. Those of a day come in the order in
-- which stock bears them: what comes in, what stays, what goes out. One that comes too early is refused, and is posted
-- by the next pull.
create or replace view rilascio.stock_document as
select
    'stock_move:' || s.move as document_key,
    s.effective_date as record_date
from rilascio_base.stock_line as s
where not s.is_opening and not s.from_rilascio
group by s.move, s.effective_date
order by
    s.effective_date,
    case when min(s.quantity) > 0 then 1 when max(s.quantity) > 0 then 2 else 3 end,
    s.move;

create or replace view rilascio.stock_document_line as
select
    'stock_move:' || s.move as document_key,
    s.warehouse_code,
    case when s.quantity > 0 then 'IN' else 'OUT' end as reason_code,
    s.item_code,
    s.lot_code,
    s.location_code,
    abs(s.quantity) as quantity
from rilascio_base.stock_line as s
where not s.is_opening and not s.from_rilascio
order by s.move, s.quantity;

-- For `rilascio compare`.
create or replace view rilascio.stock_balance as
select
    s.warehouse_code,
    s.item_code,
    s.lot_code,
    s.location_code,
    sum(s.quantity) as quantity
from rilascio_base.stock_line as s
group by s.warehouse_code, s.item_code, s.lot_code, s.location_code
having sum(s.quantity) <> 0;

create or replace view rilascio.order_status as
select
    o.order_year,
    o.order_number,
    o.order_lot,
    o.status
from rilascio_base.production as o;
