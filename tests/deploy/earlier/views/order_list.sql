-- Gone since.
create or replace view erp_api.order_list with (security_barrier) as
select
    o.company_id,
    o.production_order_id as order_id,
    erp_internal.order_label(o.order_year, o.order_number, o.order_lot) as label
from erp.production_order as o;

comment on view erp_api.order_list is 'Orders.';
comment on column erp_api.order_list.company_id is 'The company.';
comment on column erp_api.order_list.order_id is 'The order.';
comment on column erp_api.order_list.label is 'What it is called.';
