-- Returns the positions of rows of a kind for which a call claims the configuration: those that would change a guarded
-- column, and of rows to be deleted those that are there. Looked up without locks, before the call takes any.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.guarded_ordinals(
    p_company_id integer, p_kind text, p_rows erp_internal.sent_row[], p_deletion boolean
)
returns integer[]
language plpgsql
stable
as $$
declare
    v_ordinals integer [];
begin
    case p_kind
        when 'company' then
            v_ordinals := array(
                select p.ordinal from erp_internal.plan_company(p_company_id, p_rows) as p
                where case when p_deletion then p.row_ctid is not null else p.guarded <> '{}' end
            );
        when 'site' then
            v_ordinals := array(
                select p.ordinal from erp_internal.plan_site(p_company_id, p_rows) as p
                where p_deletion and p.row_ctid is not null
            );
        when 'warehouse' then
            v_ordinals := array(
                select p.ordinal from erp_internal.plan_warehouse(p_company_id, p_rows) as p
                where case when p_deletion then p.row_ctid is not null else p.guarded <> '{}' end
            );
        when 'location' then
            v_ordinals := array(
                select p.ordinal from erp_internal.plan_location(p_company_id, p_rows) as p
                where case when p_deletion then p.row_ctid is not null else p.guarded <> '{}' end
            );
        when 'movement_reason' then
            v_ordinals := array(
                select p.ordinal from erp_internal.plan_movement_reason(p_company_id, p_rows) as p
                where case when p_deletion then p.row_ctid is not null else p.guarded <> '{}' end
            );
        when 'item' then
            v_ordinals := array(
                select p.ordinal from erp_internal.plan_item(p_company_id, p_rows) as p
                where case when p_deletion then p.row_ctid is not null else p.guarded <> '{}' end
            );
        when 'item_variant' then
            v_ordinals := array(
                select p.ordinal from erp_internal.plan_item_variant(p_company_id, p_rows) as p
                where p_deletion and p.row_ctid is not null
            );
        when 'warehouse_rule' then
            v_ordinals := array(
                select p.ordinal from erp_internal.plan_warehouse_rule(p_company_id, p_rows) as p
                where p_deletion and p.row_ctid is not null
            );
        when 'item_location' then
            v_ordinals := array(
                select p.ordinal from erp_internal.plan_item_location(p_company_id, p_rows) as p
                where p_deletion and p.row_ctid is not null
            );
        when 'item_mrp_parameter' then
            v_ordinals := array(
                select p.ordinal from erp_internal.plan_item_mrp_parameter(p_company_id, p_rows) as p
                where p_deletion and p.row_ctid is not null
            );
        when 'job_order' then
            v_ordinals := array(
                select p.ordinal from erp_internal.plan_job_order(p_company_id, p_rows) as p
                where p_deletion and p.row_ctid is not null
            );
        when 'lot' then
            v_ordinals := array(
                select p.ordinal from erp_internal.plan_lot(p_company_id, p_rows) as p
                where p_deletion and p.row_ctid is not null
            );
    end case;
    return v_ordinals;
end;
$$;
