-- Variants of items.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.item_variant as
select
    t.company_id,
    item.item_code,
    t.variant_code,
    t.description
from erp.item_variant as t
left join erp.item as item
    on
        item.company_id = t.company_id
        and item.item_id = t.item_id;

comment on view erp_data.item_variant is 'Variants of items, in the columns of item_variant.csv.';
comment on column erp_data.item_variant.company_id is 'The company.';
comment on column erp_data.item_variant.item_code is 'Code of the item.';
comment on column erp_data.item_variant.variant_code is 'Code of the variant, unique within the item.';
comment on column erp_data.item_variant.description is 'Description of the variant.';
