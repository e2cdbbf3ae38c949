-- Items.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.item as
select
    t.company_id,
    t.item_code,
    t.item_class,
    t.description,
    t.uom,
    t.quantity_decimals,
    t.tracking,
    t.lot_policy,
    t.expiry_block_days,
    t.phantom
from erp.item as t;

comment on view erp_data.item is 'Items, in the columns of item.csv.';
comment on column erp_data.item.company_id is 'The company.';
comment on column erp_data.item.item_code is 'Code of the item.';
comment on column erp_data.item.item_class is 'Class of the item, for filters.';
comment on column erp_data.item.description is 'Description of the item.';
comment on column erp_data.item.uom is 'Unit of measure of every quantity of the item.';
comment on column erp_data.item.quantity_decimals is 'Decimals to which its quantities are rounded (R21) and its orders are split (R23).';
comment on column erp_data.item.tracking is 'none, or lot: stock of the item lies in lots and is issued by them (R25).';
comment on column erp_data.item.lot_policy is 'Which lot is taken first (R25): fifo, expiry, or manual (only the lots written on the material row).';
comment on column erp_data.item.expiry_block_days is 'Days before its expiry date from which a lot is no longer usable (R26).';
comment on column erp_data.item.phantom is 'A phantom item is never moved (R4).';
