-- Deletes rows of a kind of master data (see erp_internal.delete_item and its like).
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.delete_rows(
    p_company_id integer,
    p_kind text,
    p_rows erp_internal.sent_row[],
    p_claimed boolean,
    out deleted integer[],
    out refusals erp_internal.refusal[]
)
language plpgsql
volatile
as $$
begin
    case p_kind
        when 'site' then
            select r.deleted, r.refusals
            into deleted, refusals
            from erp_internal.delete_site(p_company_id, p_rows, p_claimed) as r;
        when 'warehouse' then
            select r.deleted, r.refusals
            into deleted, refusals
            from erp_internal.delete_warehouse(p_company_id, p_rows, p_claimed) as r;
        when 'location' then
            select r.deleted, r.refusals
            into deleted, refusals
            from erp_internal.delete_location(p_company_id, p_rows, p_claimed) as r;
        when 'movement_reason' then
            select r.deleted, r.refusals
            into deleted, refusals
            from erp_internal.delete_movement_reason(p_company_id, p_rows, p_claimed) as r;
        when 'item' then
            select r.deleted, r.refusals
            into deleted, refusals
            from erp_internal.delete_item(p_company_id, p_rows, p_claimed) as r;
        when 'item_variant' then
            select r.deleted, r.refusals
            into deleted, refusals
            from erp_internal.delete_item_variant(p_company_id, p_rows, p_claimed) as r;
        when 'warehouse_rule' then
            select r.deleted, r.refusals
            into deleted, refusals
            from erp_internal.delete_warehouse_rule(p_company_id, p_rows, p_claimed) as r;
        when 'item_location' then
            select r.deleted, r.refusals
            into deleted, refusals
            from erp_internal.delete_item_location(p_company_id, p_rows, p_claimed) as r;
        when 'item_mrp_parameter' then
            select r.deleted, r.refusals
            into deleted, refusals
            from erp_internal.delete_item_mrp_parameter(p_company_id, p_rows, p_claimed) as r;
        when 'job_order' then
            select r.deleted, r.refusals
            into deleted, refusals
            from erp_internal.delete_job_order(p_company_id, p_rows, p_claimed) as r;
        when 'lot' then
            select r.deleted, r.refusals
            into deleted, refusals
            from erp_internal.delete_lot(p_company_id, p_rows, p_claimed) as r;
    end case;
end;
$$;
