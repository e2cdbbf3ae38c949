-- Resolves where each case comes from or goes to, with its counterpart, and the reasons to refuse it (R10-R14, R51).
-- Items without rules of their own are resolved together. Of what a document posts or counts the warehouse, the reason
-- and, if it names one, the location are its own, and usability in production does not matter. Without a record date
-- the validity of warehouses is not checked.
-- Runs on cached plans, so no join may depend on how many rows there are: sets by hash, tables by key (offset 0).
create or replace function erp_internal.resolve_sources(
    p_company_id integer, p_cases erp_internal.source_case[]
)
returns setof erp_internal.resolved_source
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    return query
    with rule_item as materialized (
        select i.item_id
        from (select distinct c.item_id from unnest(p_cases) as c) as i
        cross join lateral (
            select
            from erp.warehouse_rule as r
            where
                r.company_id = p_company_id and r.level = 'item' and r.site_id is null and r.item_id = i.item_id
            limit 1
            offset 0
        ) as r
    ),

    wanted as materialized (
        select
            c.*,
            coalesce(r.item_id, 0) as rule_item_id,
            erp_internal.take_mode(c.mode) as take_mode,
            c.mode in ('posted', 'counted') as posted
        from unnest(p_cases) as c
        left join rule_item as r on r.item_id = c.item_id
    ),

    level as materialized (
        select
            d.*,
            s.resolved_by,
            s.warehouse_id,
            s.issue_movement_reason_id,
            s.load_movement_reason_id
        from (
            select a.take_mode as mode, a.purchased, a.rule_item_id, a.site_id, a.machine_site_id
            from wanted as a
            where a.own_warehouse_id = 0
            union
            select a.mode, a.purchased, a.rule_item_id, a.site_id, a.machine_site_id
            from wanted as a
            where a.mode = 'transfer'
        ) as d
        cross join lateral (
            select s.*
            from erp_internal.section_levels(
                p_company_id, d.mode, d.purchased, d.rule_item_id, d.site_id, d.machine_site_id
            ) as s
            order by s.precedence
            limit 1
        ) as s
    ),

    sourced as (
        select
            a.*,
            coalesce(nullif(a.own_warehouse_id, 0), l.warehouse_id) as warehouse_id,
            case
                when a.own_warehouse_id <> 0 then a.own_movement_reason_id
                when a.load then l.load_movement_reason_id
                else l.issue_movement_reason_id
            end as movement_reason_id,
            case
                when a.own_warehouse_id = 0 then l.resolved_by
                when a.mode in ('finished', 'semi_finished', 'scrap') then 'order'
                else 'material'
            end as resolved_by,
            t.warehouse_id as transfer_warehouse_id,
            t.load_movement_reason_id as transfer_movement_reason_id,
            t.issue_movement_reason_id as wip_movement_reason_id,
            t.resolved_by as wip_resolved_by
        from wanted as a
        left join level as l
            on
                a.own_warehouse_id = 0
                and l.mode = a.take_mode and l.purchased = a.purchased and l.rule_item_id = a.rule_item_id
                and l.site_id = a.site_id and l.machine_site_id = a.machine_site_id
        left join level as t
            on
                a.mode = 'transfer'
                and t.mode = a.mode and t.purchased = a.purchased and t.rule_item_id = a.rule_item_id
                and t.site_id = a.site_id and t.machine_site_id = a.machine_site_id
    ),

    with_counterpart as (
        select
            s.*,
            r.default_location_id,
            coalesce(r.allow_unavailable_lots, false) as allow_unavailable_lots,
            w.allow_negative_stock,
            w.check_location,
            w.valid_until < s.record_date as expired,
            s.warehouse_id is not null and not coalesce(
                r.direction = case when s.load then 'load' else 'issue' end
                and (r.usable_in_production or s.posted),
                false
            ) as reason_unusable,
            case when s.mode = 'transfer' then s.transfer_warehouse_id else r.counterpart_warehouse_id
            end as counterpart_warehouse_id,
            case when s.mode = 'transfer' then s.transfer_movement_reason_id else r.counterpart_movement_reason_id
            end as counterpart_movement_reason_id
        from sourced as s
        left join lateral erp_internal.warehouse_by_id(p_company_id, s.warehouse_id) as w on true
        left join lateral erp_internal.movement_reason_by_id(p_company_id, s.movement_reason_id) as r on true
    ),

    resolved as (
        select
            s.*,
            -- what was transferred is where it was transferred to, even if that is blocked; so is what a document names
            case
                when s.mode in ('transferred', 'counted') or s.posted and s.own_location_id <> 0
                    then s.own_location_id
                else coalesce(own.location_id, map.location_id, standard.location_id, 0)
            end as location_id,
            coalesce(counterpart_map.location_id, counterpart_standard.location_id, 0) as counterpart_location_id,
            coalesce(case when s.load then w.allow_negative_stock else s.allow_negative_stock end, false)
                as take_negative,
            coalesce(case when s.load then w.check_location else s.check_location end, false)
            or (
                (s.mode = 'transferred' or s.posted and not s.load)
                and s.own_location_id <> 0 and own.location_id is null
            ) as take_by_location,
            coalesce(case when s.load then s.check_location else w.check_location end, false)
            or (s.posted and s.load and s.own_location_id <> 0 and own.location_id is null) as add_by_location,
            array[
                case
                    when s.warehouse_id is null or (s.mode = 'transfer' and s.counterpart_warehouse_id is null)
                        then erp_internal.source_refusal(p_code => 'warehouse_unresolved')
                end,
                case
                    when s.reason_unusable
                        then
                            erp_internal.source_refusal(
                                p_code => 'reason_unusable', p_warehouse_id => s.warehouse_id
                            )
                end,
                case
                    when s.expired
                        then
                            erp_internal.source_refusal(
                                p_code => 'warehouse_expired', p_warehouse_id => s.warehouse_id
                            )
                end,
                case
                    when
                        s.counterpart_warehouse_id is not null and not coalesce(
                            r.direction = case when s.load then 'issue' else 'load' end
                            and (r.usable_in_production or s.posted),
                            false
                        )
                        then
                            erp_internal.source_refusal(
                                p_code => 'reason_unusable', p_warehouse_id => s.counterpart_warehouse_id
                            )
                end,
                case
                    when w.valid_until < s.record_date
                        then
                            erp_internal.source_refusal(
                                p_code => 'warehouse_expired', p_warehouse_id => s.counterpart_warehouse_id
                            )
                end
            ] as refusals
        from with_counterpart as s
        left join lateral erp_internal.warehouse_by_id(p_company_id, s.counterpart_warehouse_id) as w on true
        left join lateral erp_internal.movement_reason_by_id(
            p_company_id, s.counterpart_movement_reason_id
        ) as r on true
        left join lateral (
            select l.location_id
            from erp_internal.mapped_locations(p_company_id, s.item_id, s.warehouse_id) as l
            order by l.priority, l.location_code collate "C"
            limit 1
        ) as map on true
        left join lateral (
            select l.location_id
            from erp_internal.mapped_locations(p_company_id, s.item_id, s.counterpart_warehouse_id) as l
            order by l.priority, l.location_code collate "C"
            limit 1
        ) as counterpart_map on true
        left join lateral erp_internal.location_by_id(p_company_id, s.own_location_id) as own
            on not own.blocked
        left join lateral erp_internal.location_by_id(p_company_id, s.default_location_id) as standard
            on not standard.blocked
        left join lateral erp_internal.location_by_id(p_company_id, r.default_location_id) as counterpart_standard
            on not counterpart_standard.blocked
    )

    select
        r.mode,
        r.record_date,
        r.purchased,
        r.load,
        r.item_id,
        r.own_warehouse_id,
        r.own_movement_reason_id,
        r.own_location_id,
        r.site_id,
        r.machine_site_id,
        r.resolved_by,
        r.warehouse_id,
        r.movement_reason_id,
        r.location_id,
        r.allow_unavailable_lots,
        r.counterpart_warehouse_id,
        r.counterpart_movement_reason_id,
        r.counterpart_location_id,
        r.wip_movement_reason_id,
        r.wip_resolved_by,
        r.take_negative,
        r.take_by_location,
        r.add_by_location,
        nullif(pg_catalog.array_remove(r.refusals, null), '{}') as refusals
    from resolved as r;
end;
$$;
