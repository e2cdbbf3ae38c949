-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Compares sent rows with those that are there, and tells what is to be written and what is wrong: job_order.
-- A row is merged with the one of its key (R70): an absent key leaves the column, null is the default. Codes are
-- resolved where a row differs; one that does not is asked nothing else.
-- Precondition: the cells are without faults.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.plan_job_order(p_company_id integer, p_rows erp_internal.sent_row[])
returns setof erp_internal.job_order_plan
language plpgsql
stable
as $$
begin
    return query
    select
        x.ordinal,
        x.row_ctid,
        x.job_order_id,
        x.job_year,
        x.job_number,
        x.job_type,
        new_site.site_id,
        x.customer,
        x.description,
        x.supply_released,
        x.differs,
        '{}'::text[] as guarded,
        pg_catalog.array_remove(array[
            case when x.differs and x.site_code is not null and new_site.site_id is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'site_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.site_code::text, 60),
                    p_expected => 'site'
                ) end,
            case when x.cells ? 'company_id' and nullif(x.cells ->> 'company_id', '') is distinct from p_company_id::text
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'company_id', p_code => 'read_only_value',
                    p_cell => pg_catalog.left(x.cells ->> 'company_id', 60),
                    p_expected => p_company_id::text
                ) end,
            case when x.row_ctid is not null and x.cells ? 'status' and nullif(x.cells ->> 'status', '') is distinct from x.old_status
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'status', p_code => 'read_only_value',
                    p_cell => pg_catalog.left(x.cells ->> 'status', 60),
                    p_expected => x.old_status
                ) end
        ], null) as faults
    from (
        select
            m.*,
            m.row_ctid is null or ((m.job_type, m.site_code, m.customer, m.description, m.supply_released) is distinct from (m.old_job_type, m.old_site_code, m.old_customer, m.old_description, m.old_supply_released)) as differs
        from (
            select
                s.ordinal,
                s.place,
                s.cells,
                t.row_ctid,
                t.job_order_id,
                s.job_year,
                s.job_number,
                (case when s.cells ? 'job_type' then s.job_type when t.row_ctid is null then null else t.job_type collate "C" end) collate "C" as job_type,
                (case when s.cells ? 'site_code' then s.site_code when t.row_ctid is null then null else old_site.site_code collate "C" end) collate "C" as site_code,
                (case when s.cells ? 'customer' then s.customer when t.row_ctid is null then null else t.customer collate "C" end) collate "C" as customer,
                (case when s.cells ? 'description' then coalesce(s.description, ''::text) when t.row_ctid is null then ''::text else t.description collate "C" end) collate "C" as description,
                (case when s.cells ? 'supply_released' then coalesce(s.supply_released, false) when t.row_ctid is null then false else t.supply_released end) as supply_released,
                t.job_type collate "C" as old_job_type,
                old_site.site_code collate "C" as old_site_code,
                t.customer collate "C" as old_customer,
                t.description collate "C" as old_description,
                t.supply_released as old_supply_released,
                t.status::text as old_status
            from erp_internal.read_job_order(p_rows) as s
            left join lateral (
                select
                    t.ctid as row_ctid,
                    t.job_order_id,
                    t.job_type,
                    t.site_id,
                    t.customer,
                    t.description,
                    t.supply_released,
                    t.status
                from erp.job_order as t
                where
                    t.company_id = p_company_id and t.job_year = s.job_year and t.job_number = s.job_number
                offset 0
            ) as t on true
            left join lateral erp_internal.site_by_id(p_company_id, t.site_id) as old_site on true
        ) as m
        offset 0
    ) as x
    left join lateral erp_internal.site_by_code(p_company_id, case when x.differs then x.site_code end) as new_site on true;
end;
$$;
