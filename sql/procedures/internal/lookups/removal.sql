-- Makes what is to be taken back, by name.
create or replace function erp_internal.removal(
    p_production_order_id bigint default null,
    p_production_declaration_id bigint default null,
    p_order_label text default null,
    p_closing_turn integer default null,
    p_later_turn integer default null,
    p_document_key text default null
)
returns erp_internal.removal
language sql
immutable
parallel safe
return row(
    p_production_order_id, p_production_declaration_id, p_order_label, p_closing_turn, p_later_turn, p_document_key
)::erp_internal.removal;
