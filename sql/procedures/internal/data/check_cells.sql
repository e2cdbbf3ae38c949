-- Returns the faults of the cells of rows of a kind (see erp_internal.check_item_cells and its like).
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.check_cells(p_kind text, p_rows erp_internal.sent_row[])
returns setof erp_internal.cell_fault
language plpgsql
stable
as $$
begin
    case p_kind
        when 'company' then
            return query
            select f.* from erp_internal.check_company_cells(p_rows) as f;
        when 'site' then
            return query
            select f.* from erp_internal.check_site_cells(p_rows) as f;
        when 'warehouse' then
            return query
            select f.* from erp_internal.check_warehouse_cells(p_rows) as f;
        when 'location' then
            return query
            select f.* from erp_internal.check_location_cells(p_rows) as f;
        when 'movement_reason' then
            return query
            select f.* from erp_internal.check_movement_reason_cells(p_rows) as f;
        when 'item' then
            return query
            select f.* from erp_internal.check_item_cells(p_rows) as f;
        when 'item_variant' then
            return query
            select f.* from erp_internal.check_item_variant_cells(p_rows) as f;
        when 'warehouse_rule' then
            return query
            select f.* from erp_internal.check_warehouse_rule_cells(p_rows) as f;
        when 'item_location' then
            return query
            select f.* from erp_internal.check_item_location_cells(p_rows) as f;
        when 'item_mrp_parameter' then
            return query
            select f.* from erp_internal.check_item_mrp_parameter_cells(p_rows) as f;
        when 'job_order' then
            return query
            select f.* from erp_internal.check_job_order_cells(p_rows) as f;
        when 'lot' then
            return query
            select f.* from erp_internal.check_lot_cells(p_rows) as f;
    end case;
end;
$$;
