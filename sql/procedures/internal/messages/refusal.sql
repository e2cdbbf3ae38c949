-- Makes a reason by ids, with named arguments: what does not apply is left out. Only this function knows the columns of
-- the type by position.
create or replace function erp_internal.refusal(
    p_ordinal bigint,
    p_code text,
    p_order_label text,
    p_line bigint default null,
    p_item_id bigint default null,
    p_item_variant_id bigint default null,
    p_warehouse_id bigint default null,
    p_location_id bigint default null,
    p_lot_id bigint default null,
    p_required numeric default null,
    p_available numeric default null,
    p_record_date date default null,
    p_detail text default null,
    p_column_name text default null,
    p_expected text default null,
    p_document_key text default null
)
returns erp_internal.refusal
language sql
immutable
parallel safe
return row(
    p_ordinal, p_line, p_code, p_order_label, p_item_id, p_item_variant_id, p_warehouse_id, p_location_id, p_lot_id,
    p_required, p_available, p_record_date, p_detail, p_column_name, p_expected, p_document_key
)::erp_internal.refusal;
