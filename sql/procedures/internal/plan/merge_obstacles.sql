-- requires: internal/lookups/declarations_of_order, internal/lookups/materials_of_order, internal/lookups/order_by_id
-- requires: internal/lookups/records_of_order, internal/messages/order_label
-- requires: internal/plan/remainder_differences
-- Returns the reasons to refuse the merge of an order into the one that it was split from, whatever else the call
-- merges, one row each (R57). A wrong status, of either, or a split in force is the only reason.
create or replace function erp_internal.merge_obstacles(p_company_id integer, p_order_id bigint, p_origin_id bigint)
returns table (code text, detail text)
language sql
stable
begin atomic
    select
        c.code,
        case c.code
            when 'origin_not_launched' then erp_internal.order_label(o.order_year, o.order_number, o.order_lot)
            when 'remainder_differs' then d.differences
        end as detail
    from erp_internal.order_by_id(p_company_id, p_order_id) as r
    left join lateral erp_internal.order_by_id(p_company_id, p_origin_id) as o on true
    cross join
        lateral (
            select erp_internal.remainder_differences(p_company_id, p_order_id, p_origin_id) as differences
        ) as d
    cross join
        lateral (
            select
                case
                    when r.status <> 'launched' then 'order_not_launched'
                    when o.production_order_id is null then 'not_a_remainder'
                    when
                        exists (
                            select
                            from erp.production_order_split as s
                            where s.company_id = p_company_id and s.remainder_order_id = p_order_id
                        )
                        then 'split_in_force'
                    when o.status <> 'launched' then 'origin_not_launched'
                end as code
        ) as a
    cross join lateral (
        select a.code
        where a.code is not null
        union all
        select 'remainder_used' as code
        where
            a.code is null
            and (
                r.produced_quantity > 0
                or exists (select from erp_internal.declarations_of_order(p_company_id, p_order_id))
                or exists (select from erp_internal.records_of_order(p_company_id, p_order_id))
                or exists (
                    select
                    from erp_internal.materials_of_order(p_company_id, p_order_id) as m
                    where m.picked_quantity > 0
                )
            )
        union all
        select 'remainder_differs' as code
        where a.code is null and d.differences is not null
    ) as c;
end;
