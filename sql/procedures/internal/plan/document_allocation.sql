-- What a step of a document moves or lacks, made by name: what does not apply is left out (see the type).
create or replace function erp_internal.document_allocation(
    p_ordinal integer,
    p_line integer default null,
    p_counterpart boolean default null,
    p_direction integer default null,
    p_place integer default null,
    p_quantity numeric default null,
    p_refusal text default null,
    p_required numeric default null,
    p_available numeric default null
)
returns erp_internal.document_allocation
language sql
immutable
parallel safe
return row(
    p_ordinal, p_line, p_counterpart, p_direction, p_place, p_quantity, p_refusal, p_required, p_available
)::erp_internal.document_allocation;
