-- MRP parameters of items (R3).
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.item_mrp_parameter as
select
    t.company_id,
    item.item_code,
    t.picking_type,
    t.procurement_type
from erp.item_mrp_parameter as t
left join erp.item as item
    on
        item.company_id = t.company_id
        and item.item_id = t.item_id;

comment on view erp_data.item_mrp_parameter is 'MRP parameters of items (R3), in the columns of item_mrp_parameter.csv.';
comment on column erp_data.item_mrp_parameter.company_id is 'The company.';
comment on column erp_data.item_mrp_parameter.item_code is 'Code of the item.';
comment on column erp_data.item_mrp_parameter.picking_type is 'automatic (issued at release), with_list, or manual (R2, R3, R9).';
comment on column erp_data.item_mrp_parameter.procurement_type is 'purchase, production or subcontract; decides the section of the warehouse rules (R11).';
