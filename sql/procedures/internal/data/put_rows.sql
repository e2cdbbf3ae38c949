-- Puts rows of a kind of master data (see erp_internal.put_item and its like).
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.put_rows(
    p_company_id integer,
    p_kind text,
    p_rows erp_internal.sent_row[],
    p_refused integer[],
    p_claimed boolean,
    out created integer[],
    out changed integer[],
    out refusals erp_internal.refusal[]
)
language plpgsql
volatile
as $$
begin
    case p_kind
        when 'company' then
            select r.created, r.changed, r.refusals
            into created, changed, refusals
            from erp_internal.put_company(p_company_id, p_rows, p_refused, p_claimed) as r;
        when 'site' then
            select r.created, r.changed, r.refusals
            into created, changed, refusals
            from erp_internal.put_site(p_company_id, p_rows, p_refused) as r;
        when 'warehouse' then
            select r.created, r.changed, r.refusals
            into created, changed, refusals
            from erp_internal.put_warehouse(p_company_id, p_rows, p_refused, p_claimed) as r;
        when 'location' then
            select r.created, r.changed, r.refusals
            into created, changed, refusals
            from erp_internal.put_location(p_company_id, p_rows, p_refused, p_claimed) as r;
        when 'movement_reason' then
            select r.created, r.changed, r.refusals
            into created, changed, refusals
            from erp_internal.put_movement_reason(p_company_id, p_rows, p_refused, p_claimed) as r;
        when 'item' then
            select r.created, r.changed, r.refusals
            into created, changed, refusals
            from erp_internal.put_item(p_company_id, p_rows, p_refused, p_claimed) as r;
        when 'item_variant' then
            select r.created, r.changed, r.refusals
            into created, changed, refusals
            from erp_internal.put_item_variant(p_company_id, p_rows, p_refused) as r;
        when 'warehouse_rule' then
            select r.created, r.changed, r.refusals
            into created, changed, refusals
            from erp_internal.put_warehouse_rule(p_company_id, p_rows, p_refused) as r;
        when 'item_location' then
            select r.created, r.changed, r.refusals
            into created, changed, refusals
            from erp_internal.put_item_location(p_company_id, p_rows, p_refused) as r;
        when 'item_mrp_parameter' then
            select r.created, r.changed, r.refusals
            into created, changed, refusals
            from erp_internal.put_item_mrp_parameter(p_company_id, p_rows, p_refused) as r;
        when 'job_order' then
            select r.created, r.changed, r.refusals
            into created, changed, refusals
            from erp_internal.put_job_order(p_company_id, p_rows, p_refused) as r;
        when 'lot' then
            select r.created, r.changed, r.refusals
            into created, changed, refusals
            from erp_internal.put_lot(p_company_id, p_rows, p_refused) as r;
    end case;
end;
$$;
