-- Merges the orders of a put with those that there are (R70): an absent key leaves the column as it is, or as a new row
-- has it, and null is the default. Returns what each order shall be, and the faults: codes that name nothing, rules
-- across columns, and what the status of the order does not allow. Lists are not looked at; of the documents p_settled
-- they count as not sent.
-- Codes are looked up once each. A reference of several columns is looked up anew if one of them is sent.
create or replace function erp_internal.merge_orders(
    p_company_id integer,
    p_sent erp_internal.production_order_row[],
    p_there erp.production_order[],
    p_settled integer[],
    out orders erp_internal.put_order[],
    out faults erp_internal.cell_fault[]
)
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    c_free constant text [] := erp_internal.free_columns('production_order');
    c_read_only constant text [] := array['order_id', 'produced_quantity', 'release_run_id', 'changed_at'];
begin
    with sent as materialized (
        select
            s.ordinal,
            s.cells,
            s.order_year,
            s.order_number,
            s.order_lot,
            e.production_order_id,
            e.status as status_before,
            e.release_run_id,
            e.produced_quantity,
            e.changed_at,
            coalesce(s.deletion, false) as deletion,
            e.production_order_id is null as is_new,
            case when s.cells ? 'order_type' then s.order_type else e.order_type end as order_type,
            case when s.cells ? 'item_code' then s.item_code end as item_code,
            s.cells ? 'item_code' as item_sent,
            case when s.cells ? 'variant_code' then s.variant_code end as variant_code,
            s.cells ? 'variant_code' as variant_sent,
            case when s.cells ? 'quantity' then s.quantity else e.quantity end as quantity,
            case when s.cells ? 'status' then coalesce(s.status, 'launched') else coalesce(e.status, 'launched') end
                as status,
            case when s.cells ? 'level' then coalesce(s.level, 1) else coalesce(e.level, 1) end as level,
            case when s.cells ? 'start_date' then s.start_date else e.start_date end as start_date,
            case when s.cells ? 'end_date' then s.end_date else e.end_date end as end_date,
            case when s.cells ? 'job_year' then s.job_year end as job_year,
            s.cells ? 'job_year' as job_year_sent,
            case when s.cells ? 'job_number' then s.job_number end as job_number,
            s.cells ? 'job_number' as job_number_sent,
            case when s.cells ? 'project' then s.project else e.project end as project,
            case when s.cells ? 'firm' then s.firm else e.firm end as firm,
            case when s.cells ? 'priority' then s.priority else e.priority end as priority,
            case when s.cells ? 'load_warehouse_code' then s.load_warehouse_code end as load_warehouse_code,
            s.cells ? 'load_warehouse_code' as load_warehouse_sent,
            case when s.cells ? 'load_reason_code' then s.load_reason_code end as load_reason_code,
            s.cells ? 'load_reason_code' as load_reason_sent,
            e.order_type as order_type_before,
            e.item_id as item_id_before,
            e.item_variant_id as item_variant_id_before,
            e.quantity as quantity_before,
            e.level as level_before,
            e.start_date as start_date_before,
            e.end_date as end_date_before,
            e.job_order_id as job_order_id_before,
            e.project as project_before,
            e.firm as firm_before,
            e.priority as priority_before,
            e.load_warehouse_id as load_warehouse_id_before,
            e.load_movement_reason_id as load_movement_reason_id_before
        from unnest(p_sent) as s
        left join unnest(p_there) as e
            on
                e.order_year = s.order_year and e.order_number = s.order_number and e.order_lot = s.order_lot
    ),

    item as materialized (
        select c.item_code, i.item_id
        from (select distinct s.item_code from sent as s where s.item_code is not null) as c
        cross join lateral erp_internal.item_by_code(p_company_id, c.item_code) as i
    ),

    warehouse as materialized (
        select c.load_warehouse_code, w.warehouse_id
        from (
            select distinct s.load_warehouse_code from sent as s where s.load_warehouse_code is not null
        ) as c
        cross join lateral erp_internal.warehouse_by_code(p_company_id, c.load_warehouse_code) as w
    ),

    -- what is there, by codes, where a part of a reference was sent
    job_before as materialized (
        select s.ordinal, j.job_year, j.job_number
        from sent as s
        cross join lateral (
            select j.job_year, j.job_number
            from erp.job_order as j
            where j.company_id = p_company_id and j.job_order_id = s.job_order_id_before
            offset 0
        ) as j
        where s.job_year_sent <> s.job_number_sent
    ),

    named as materialized (
        select
            s.*,
            case when s.item_sent then i.item_id else s.item_id_before end as item_id,
            case when s.job_year_sent then s.job_year else j.job_year end as whole_job_year,
            case when s.job_number_sent then s.job_number else j.job_number end as whole_job_number,
            case when s.load_warehouse_sent then w.warehouse_id else s.load_warehouse_id_before end
                as load_warehouse_id
        from sent as s
        left join item as i on i.item_code = s.item_code
        left join job_before as j on j.ordinal = s.ordinal
        left join warehouse as w on w.load_warehouse_code = s.load_warehouse_code
    ),

    variant_before as materialized (
        select n.ordinal, v.variant_code
        from named as n
        cross join lateral erp_internal.item_variant_by_id(p_company_id, n.item_variant_id_before) as v
        where not n.variant_sent and n.item_id <> n.item_id_before
    ),

    reason_before as materialized (
        select n.ordinal, r.reason_code
        from named as n
        cross join lateral (
            select r.reason_code
            from erp.movement_reason as r
            where
                r.company_id = p_company_id and r.movement_reason_id = n.load_movement_reason_id_before
            offset 0
        ) as r
        where
            not n.load_reason_sent and n.load_warehouse_id is distinct from n.load_warehouse_id_before
    ),

    whole as materialized (
        select
            n.*,
            case when n.variant_sent then n.variant_code else v.variant_code end as whole_variant_code,
            n.variant_sent or v.ordinal is not null as variant_named,
            case when n.load_reason_sent then n.load_reason_code else r.reason_code end as whole_reason_code,
            n.load_reason_sent or r.ordinal is not null as reason_named
        from named as n
        left join variant_before as v on v.ordinal = n.ordinal
        left join reason_before as r on r.ordinal = n.ordinal
    ),

    variant as materialized (
        select c.item_id, c.variant_code, v.item_variant_id
        from (
            select distinct w.item_id, w.whole_variant_code as variant_code
            from whole as w
            where w.item_id is not null and w.whole_variant_code is not null
        ) as c
        cross join lateral erp_internal.item_variant_by_code(p_company_id, c.item_id, c.variant_code) as v
    ),

    job as materialized (
        select c.job_year, c.job_number, j.job_order_id
        from (
            select distinct w.whole_job_year as job_year, w.whole_job_number as job_number
            from whole as w
            where w.whole_job_year is not null and w.whole_job_number is not null
        ) as c
        cross join lateral erp_internal.job_order_by_number(p_company_id, c.job_year, c.job_number) as j
    ),

    reason as materialized (
        select c.load_warehouse_id, c.reason_code, r.movement_reason_id
        from (
            select distinct w.load_warehouse_id, w.whole_reason_code as reason_code
            from whole as w
            where w.load_warehouse_id is not null and w.whole_reason_code is not null
        ) as c
        cross join lateral erp_internal.movement_reason_by_code(
            p_company_id, c.load_warehouse_id, c.reason_code
        ) as r
    ),

    merged as materialized (
        select
            w.*,
            case when w.variant_named then v.item_variant_id else w.item_variant_id_before end as item_variant_id,
            case when w.job_year_sent or w.job_number_sent then j.job_order_id else w.job_order_id_before end
                as job_order_id,
            case when w.reason_named then r.movement_reason_id else w.load_movement_reason_id_before end
                as load_movement_reason_id
        from whole as w
        left join variant as v on v.item_id = w.item_id and v.variant_code = w.whole_variant_code
        left join job as j on j.job_year = w.whole_job_year and j.job_number = w.whole_job_number
        left join reason as r
            on r.load_warehouse_id = w.load_warehouse_id and r.reason_code = w.whole_reason_code
    ),

    judged as materialized (
        select
            m.*,
            not m.deletion
            and (
                m.order_type, m.item_id, m.item_variant_id, m.quantity, m.status, m.level, m.start_date, m.end_date,
                m.job_order_id, m.project, m.firm, m.priority, m.load_warehouse_id, m.load_movement_reason_id
            ) is distinct from (
                m.order_type_before, m.item_id_before, m.item_variant_id_before, m.quantity_before, m.status_before,
                m.level_before, m.start_date_before, m.end_date_before, m.job_order_id_before, m.project_before,
                m.firm_before, m.priority_before, m.load_warehouse_id_before, m.load_movement_reason_id_before
            ) as changed
        from merged as m
    ),

    fault as (
        select m.ordinal, f.column_name, f.code, f.cell, f.expected
        from judged as m
        cross join lateral (
            values
            ('item_code', 'value_required', null, null, (m.item_sent or m.is_new) and m.item_code is null),
            ('item_code', 'unknown_reference', m.item_code, 'item', m.item_code is not null and m.item_id is null),
            (
                'variant_code', 'unknown_reference', m.whole_variant_code, 'item_variant',
                m.whole_variant_code is not null and m.item_id is not null and m.item_variant_id is null
            ),
            ('quantity', 'value_required', null, null, m.quantity is null),
            (
                'status', 'status_by_run', m.status, null,
                m.is_new and m.status <> 'launched'
                or m.status_before = 'launched' and m.status in ('executive', 'closed')
            ),
            (
                'job_number', 'unknown_reference', m.whole_job_year || '/' || m.whole_job_number, 'job_order',
                m.whole_job_year is not null and m.whole_job_number is not null and m.job_order_id is null
            ),
            (
                'job_year', 'rule_broken', null, 'job_year is given without job_number',
                m.whole_job_year is not null and m.whole_job_number is null
            ),
            (
                'job_number', 'rule_broken', null, 'job_number is given without job_year',
                m.whole_job_year is null and m.whole_job_number is not null
            ),
            (
                'load_warehouse_code', 'unknown_reference', m.load_warehouse_code, 'warehouse',
                m.load_warehouse_code is not null and m.load_warehouse_id is null
            ),
            (
                'load_reason_code', 'unknown_reference', m.whole_reason_code, 'movement_reason',
                m.whole_reason_code is not null and m.load_warehouse_id is not null
                and m.load_movement_reason_id is null
            ),
            (
                'load_reason_code', 'rule_broken', null, 'load_reason_code is given without load_warehouse_code',
                m.whole_reason_code is not null and m.load_warehouse_id is null and m.load_warehouse_code is null
            ),
            (
                'order_id', 'read_only_value', m.cells ->> 'order_id', m.production_order_id::text,
                m.cells ->> 'order_id' <> '' and m.cells ->> 'order_id' is distinct from m.production_order_id::text
            ),
            (
                'produced_quantity', 'read_only_value', m.cells ->> 'produced_quantity',
                coalesce(m.produced_quantity, 0)::text,
                m.cells ->> 'produced_quantity' <> ''
                and case
                    when m.cells ->> 'produced_quantity' !~ '^[0-9]{1,40}([.][0-9]{0,40})?$' then true
                    else (m.cells ->> 'produced_quantity')::numeric <> coalesce(m.produced_quantity, 0)
                end
            ),
            (
                'release_run_id', 'read_only_value', m.cells ->> 'release_run_id', m.release_run_id::text,
                m.cells ->> 'release_run_id' <> ''
                and m.cells ->> 'release_run_id' is distinct from m.release_run_id::text
            ),
            (
                'changed_at', 'read_only_value', m.cells ->> 'changed_at', m.changed_at::text,
                case
                    when coalesce(m.cells ->> 'changed_at', '') = '' then false
                    else erp_internal.parse_timestamp(m.cells ->> 'changed_at') is distinct from m.changed_at
                end
            )
        ) as f (column_name, code, cell, expected, broken)
        where
            not m.deletion and f.broken
            -- most rows have none, and are not asked one by one
            and (
                m.item_id is null or m.item_sent and m.item_code is null or m.quantity is null
                or m.whole_variant_code is not null and m.item_variant_id is null
                or m.status <> 'launched'
                or m.whole_job_year is not null and m.job_order_id is null
                or m.whole_job_number is not null and m.job_order_id is null
                or m.load_warehouse_code is not null and m.load_warehouse_id is null
                or m.whole_reason_code is not null and m.load_movement_reason_id is null
                or m.cells ?| c_read_only
            )
        union all
        select m.ordinal, f.column_name, erp_internal.frozen_code(m.status_before), null, null
        from judged as m
        cross join lateral (
            values
            ('order_type', m.order_type is distinct from m.order_type_before),
            ('item_code', m.item_id is distinct from m.item_id_before),
            ('variant_code', m.item_variant_id is distinct from m.item_variant_id_before),
            ('quantity', m.quantity is distinct from m.quantity_before),
            (
                'status',
                m.status <> m.status_before
                and not (m.status = 'archived' and erp_internal.is_order_archivable(m.status_before))
            ),
            ('level', m.level <> m.level_before),
            ('start_date', m.start_date is distinct from m.start_date_before),
            ('end_date', m.end_date is distinct from m.end_date_before),
            ('job_number', m.job_order_id is distinct from m.job_order_id_before),
            ('project', m.project is distinct from m.project_before),
            ('firm', m.firm is distinct from m.firm_before),
            ('priority', m.priority is distinct from m.priority_before),
            ('load_warehouse_code', m.load_warehouse_id is distinct from m.load_warehouse_id_before),
            ('load_reason_code', m.load_movement_reason_id is distinct from m.load_movement_reason_id_before)
        ) as f (column_name, differs)
        where
            m.changed and m.status_before <> 'launched' and f.differs
            and (m.status_before = 'archived' or f.column_name <> all (c_free))
    )

    select
        array(
            select r::erp_internal.put_order
            from (
                select
                    m.ordinal,
                    m.production_order_id,
                    m.status_before,
                    m.job_order_id_before,
                    m.deletion,
                    m.cells ? 'phases' and not m.deletion and q.ordinal is null as phases_sent,
                    m.cells ? 'materials' and not m.deletion and q.ordinal is null as materials_sent,
                    m.changed,
                    m.order_year,
                    m.order_number,
                    m.order_lot,
                    m.order_type,
                    m.status,
                    m.item_id,
                    m.item_code,
                    m.item_variant_id,
                    m.quantity,
                    m.level,
                    m.start_date,
                    m.end_date,
                    m.job_order_id,
                    m.job_year,
                    m.job_number,
                    m.project,
                    m.firm,
                    m.priority,
                    m.load_warehouse_id,
                    m.load_movement_reason_id
                from judged as m
                left join unnest(p_settled) as q (ordinal) on q.ordinal = m.ordinal
            ) as r
        ),
        array(
            select r::erp_internal.cell_fault
            from (
                select
                    f.ordinal,
                    null::integer as parent,
                    null::integer as place,
                    f.column_name,
                    f.code,
                    pg_catalog.left(f.cell, 60) as cell,
                    f.expected
                from fault as f
            ) as r
        )
    into orders, faults;
end;
$$;
