-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Compares sent rows with those that are there, and tells what is to be written and what is wrong: warehouse.
-- A row is merged with the one of its key (R70): an absent key leaves the column, null is the default. Codes are
-- resolved where a row differs; one that does not is asked nothing else.
-- Precondition: the cells are without faults.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.plan_warehouse(p_company_id integer, p_rows erp_internal.sent_row[])
returns setof erp_internal.warehouse_plan
language plpgsql
stable
as $$
begin
    return query
    select
        x.ordinal,
        x.row_ctid,
        x.warehouse_id,
        x.warehouse_code,
        x.description,
        new_site.site_id,
        x.allow_negative_stock,
        x.check_location,
        x.valid_until,
        x.differs,
        pg_catalog.array_remove(array[
            case when x.row_ctid is not null and x.allow_negative_stock is distinct from x.old_allow_negative_stock then 'allow_negative_stock' end,
            case when x.row_ctid is not null and x.check_location is distinct from x.old_check_location then 'check_location' end
        ], null) as guarded,
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
                ) end
        ], null) as faults
    from (
        select
            m.*,
            m.row_ctid is null or ((m.description, m.site_code, m.allow_negative_stock, m.check_location, m.valid_until) is distinct from (m.old_description, m.old_site_code, m.old_allow_negative_stock, m.old_check_location, m.old_valid_until)) as differs
        from (
            select
                s.ordinal,
                s.place,
                s.cells,
                t.row_ctid,
                t.warehouse_id,
                s.warehouse_code,
                (case when s.cells ? 'description' then coalesce(s.description, ''::text) when t.row_ctid is null then ''::text else t.description collate "C" end) collate "C" as description,
                (case when s.cells ? 'site_code' then s.site_code when t.row_ctid is null then null else old_site.site_code collate "C" end) collate "C" as site_code,
                (case when s.cells ? 'allow_negative_stock' then coalesce(s.allow_negative_stock, false) when t.row_ctid is null then false else t.allow_negative_stock end) as allow_negative_stock,
                (case when s.cells ? 'check_location' then coalesce(s.check_location, false) when t.row_ctid is null then false else t.check_location end) as check_location,
                (case when s.cells ? 'valid_until' then s.valid_until when t.row_ctid is null then null else t.valid_until end) as valid_until,
                t.description collate "C" as old_description,
                old_site.site_code collate "C" as old_site_code,
                t.allow_negative_stock as old_allow_negative_stock,
                t.check_location as old_check_location,
                t.valid_until as old_valid_until
            from erp_internal.read_warehouse(p_rows) as s
            left join lateral (
                select
                    t.ctid as row_ctid,
                    t.warehouse_id,
                    t.description,
                    t.site_id,
                    t.allow_negative_stock,
                    t.check_location,
                    t.valid_until
                from erp.warehouse as t
                where
                    t.company_id = p_company_id and t.warehouse_code = s.warehouse_code
                offset 0
            ) as t on true
            left join lateral erp_internal.site_by_id(p_company_id, t.site_id) as old_site on true
        ) as m
        offset 0
    ) as x
    left join lateral erp_internal.site_by_code(p_company_id, case when x.differs then x.site_code end) as new_site on true;
end;
$$;
