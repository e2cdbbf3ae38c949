-- Returns faults of the rows of a list with the paths of their columns within the document, such as phases.machine; of
-- a list within a list the place of the row around it stands in the path, such as materials.2.material_lots.quantity.
create or replace function erp_internal.child_faults(p_path text, p_faults erp_internal.cell_fault[])
returns erp_internal.cell_fault[]
language sql
immutable
parallel safe
return array(
    select r::erp_internal.cell_fault
    from (
        select
            f.ordinal,
            f.parent,
            f.place,
            pg_catalog.format(p_path, f.parent) || f.column_name as column_name,
            f.code,
            f.cell,
            f.expected
        from unnest(p_faults) as f
    ) as r
);
