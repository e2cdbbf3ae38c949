-- Lots.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.lot as
select
    t.company_id,
    item.item_code,
    item_variant.variant_code,
    t.lot_code,
    t.start_date,
    t.expiry_date,
    t.state,
    t.sellable,
    t.closed
from erp.lot as t
left join erp.item as item
    on
        item.company_id = t.company_id
        and item.item_id = t.item_id
left join erp.item_variant as item_variant
    on
        item_variant.company_id = t.company_id
        and item_variant.item_variant_id = t.item_variant_id;

comment on view erp_data.lot is 'Lots, in the columns of lot.csv.';
comment on column erp_data.lot.company_id is 'The company.';
comment on column erp_data.lot.item_code is 'Code of the item.';
comment on column erp_data.lot.variant_code is 'Code of the variant, unique within the item.';
comment on column erp_data.lot.lot_code is 'Code of the lot, unique within item and variant.';
comment on column erp_data.lot.start_date is 'First day it may be used; orders lots under fifo (R25, R26).';
comment on column erp_data.lot.expiry_date is 'Expiry date; orders lots under expiry (R25, R26).';
comment on column erp_data.lot.state is 'available or unavailable (R26).';
comment on column erp_data.lot.sellable is 'A lot that is not sellable is not used (R26).';
comment on column erp_data.lot.closed is 'A closed lot is not used (R26).';
