-- Makes a fault of a sent cell, with named arguments. Only this function knows the columns of the type by position.
create or replace function erp_internal.cell_fault(
    p_ordinal integer,
    p_parent integer,
    p_place integer,
    p_column_name text,
    p_code text,
    p_cell text,
    p_expected text
)
returns erp_internal.cell_fault
language sql
immutable
parallel safe
return row(p_ordinal, p_parent, p_place, p_column_name, p_code, p_cell, p_expected)::erp_internal.cell_fault;
