-- Finds the configuration on which releases will fail (R10-R14, R18, R25, R26).
-- For what launched orders need it calls the steps of the plan, so that no rule is written twice; what no order needs
-- yet is read from the tables.
-- Locks: none. Errors: PR004.
create or replace function erp_api.diagnose_configuration(p_company_id integer, p_record_date date default null)
returns table (
    code text,
    severity text,
    finding_count bigint,
    examples jsonb,
    message text,
    hint text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set work_mem = '64MB'
set jit = off
as $$
#variable_conflict use_column
declare
    c_days_ahead constant integer := 30;
    v_record_date date;
    v_orders erp_internal.requested_order [];
    v_demand erp_internal.material_demand [];
begin
    perform erp_internal.assert_member(p_company_id);
    v_record_date := coalesce(p_record_date, erp_internal.company_today(p_company_id));

    v_orders := array(
        select a
        from erp_internal.read_orders(
            p_company_id,
            array(
                select o.production_order_id
                from erp.production_order as o
                where o.company_id = p_company_id and o.status = 'launched'
                order by o.order_year, o.order_number, o.order_lot
            ),
            v_record_date,
            false
        ) as a
    );
    v_demand := array(select d from erp_internal.resolve_materials(p_company_id, v_orders) as d);

    return query
    -- what orders fail on is one error, and not a warning too
    with finding as (
        select distinct on (f.code, f.subject)
            f.code,
            f.subject,
            f.severity,
            f.ordinal,
            f.line,
            f.example
        from (
            select p.* from erp_internal.period_findings(p_company_id, v_record_date, c_days_ahead) as p
            union all
            select m.* from erp_internal.month_findings(v_record_date, c_days_ahead) as m
            union all
            select s.* from erp_internal.source_findings(p_company_id, v_record_date, c_days_ahead, v_demand) as s
            union all
            select l.* from erp_internal.location_findings(p_company_id, v_demand) as l
            union all
            select t.* from erp_internal.lot_findings(p_company_id, v_demand) as t
        ) as f
        order by f.code, f.subject, f.severity, f.ordinal, f.line, f.example::text
    ),

    counted as (
        select
            n.code,
            n.severity,
            count(*) as finding_count,
            jsonb_agg(
                jsonb_strip_nulls(
                    n.example || jsonb_build_object(
                        'order', erp_internal.order_label(o.order_year, o.order_number, o.order_lot), 'line', n.line
                    )
                )
                order by n.nth
            ) filter (where n.nth <= 3) as examples
        from (
            select
                f.*,
                row_number() over (partition by f.code, f.severity order by f.subject collate "C") as nth
            from finding as f
        ) as n
        left join unnest(v_orders) as o on o.ordinal = n.ordinal
        group by n.code, n.severity
    )

    select
        c.code,
        c.severity,
        c.finding_count,
        c.examples,
        coalesce(m.message, erp_internal.raise_unknown_code(c.code)) as message,
        m.hint
    from counted as c
    left join erp_internal.finding_catalog() as m
        on m.code = c.code and m.language = erp_internal.message_language()
    order by c.severity, m.sort_order;
end;
$$;

comment on function erp_api.diagnose_configuration is
'Finds configuration on which releases will fail, before anyone asks for one. Returns a row for each code and severity
that has findings, errors first, none if all is well. severity: error, launched orders fail on it on p_record_date
(default today of the company), one by one as R8 has it; warning, nothing fails on it yet, or not at all.
finding_count counts the things to put right; examples is a JSON array of up to three of them, objects of codes, order
and line; message and hint are in the language of erp.language (R63). The steps of the plan are called once for all
launched orders.
Codes: period_closed, period_ending (within 30 days; R18); months_ending (the monthly partitions of
stock, if there are any, end within 30 days); mrp_parameters_missing (items); warehouse_unresolved (items
of launched orders; as a warning other automatic items that neither their own rules nor the company''s give a warehouse;
R10, R11); reason_missing (sections without the reason wanted), reason_direction_wrong, reason_not_in_production
(reasons of rules, material rows and counterparts; R12); warehouse_expired, warehouse_expiring (within 30 days; R12);
location_blocked (an error where a row of a lot item names it, else a warning, since the next location is taken; R14);
lot_required (rows of launched orders; R5, R25); lots_unusable (items with stock of which no lot is usable; R26).
Errors: PR004 unknown company or no membership.';
