-- Returns sent rows of opening stock, each with its reason: where none is named, the reason to load by of its
-- warehouse, if that has only one.
create or replace function erp_internal.name_load_reasons(p_company_id integer, p_rows erp_internal.sent_row[])
returns erp_internal.sent_row[]
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    return array(
        with reason as materialized (
            select c.warehouse_code, r.reason_code
            from (
                select distinct s.cells ->> 'warehouse_code' as warehouse_code
                from unnest(p_rows) as s
                where s.cells ->> 'reason_code' is null
            ) as c
            cross join lateral erp_internal.warehouse_by_code(p_company_id, c.warehouse_code) as w
            cross join lateral (
                select pg_catalog.min(r.reason_code) as reason_code
                from erp.movement_reason as r
                where
                    r.company_id = p_company_id and r.warehouse_id = w.warehouse_id and r.direction = 'load'
                having pg_catalog.count(*) = 1
                offset 0
            ) as r
        )

        select s::erp_internal.sent_row
        from (
            select
                s.ordinal,
                s.parent,
                s.place,
                case
                    when r.warehouse_code is null then s.cells
                    else s.cells || pg_catalog.jsonb_build_object('reason_code', r.reason_code)
                end as cells
            from unnest(p_rows) as s
            left join reason as r
                on s.cells ->> 'reason_code' is null and r.warehouse_code = s.cells ->> 'warehouse_code'
        ) as s
    );
end;
$$;
