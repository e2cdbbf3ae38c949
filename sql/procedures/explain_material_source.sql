-- Explains, for one material row, which levels could give its warehouse and reason, what each of them holds, and which
-- one wins (R10, R11). It calls the functions that release calls.
-- Locks: none. Errors: 22023, PR004.
create or replace function erp_api.explain_material_source(
    p_company_id integer, p_order_id bigint, p_material_line integer
)
returns table (
    precedence integer,
    level text,
    site_code text,
    section text,
    warehouse_code text,
    reason_code text,
    applies boolean,
    wins boolean,
    explanation text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_order text;
    v_lines text;
    v_material record;
    v_item_code text;
    v_purchased boolean;
    v_mode text;
    v_load boolean;
    v_site_id bigint;
    v_machine_site_id bigint;
begin
    perform erp_internal.assert_member(p_company_id);

    select m.*
    into v_material
    from erp_internal.material_by_line(p_company_id, p_order_id, p_material_line) as m;

    if v_material.production_order_id is null then
        select
            erp_internal.order_label(o.order_year, o.order_number, o.order_lot),
            (
                select string_agg(m.line::text, ', ' order by m.line)
                from erp.production_order_material as m
                where m.company_id = o.company_id and m.production_order_id = o.production_order_id
            )
        into v_order, v_lines
        from erp.production_order as o
        where o.company_id = p_company_id and o.production_order_id = p_order_id;
        if v_order is null then
            raise exception using
                errcode = '22023',
                message = format(
                    'The company has no production order with the id %s.', coalesce(p_order_id::text, 'null')
                ),
                hint = 'Take the id from a grid.';
        end if;
        raise exception using
            errcode = '22023',
            message = format('Order %s has no material line %s.', v_order, coalesce(p_material_line::text, 'null')),
            hint = case
                when v_lines is null then 'It has no materials at all.'
                else format('Its material lines are %s.', v_lines)
            end;
    end if;

    v_load := v_material.unit_quantity < 0;
    select
        i.item_code,
        r.procurement_type = 'purchase',
        erp_internal.take_mode(
            erp_internal.material_mode(p.wip_management, p.transfer_manual_to_wip, r.picking_type, v_load)
        ),
        j.site_id,
        s.machine_site_id
    into strict v_item_code, v_purchased, v_mode, v_site_id, v_machine_site_id
    from erp.production_order as o
    inner join erp.item as i on i.company_id = p_company_id and i.item_id = v_material.item_id
    left join erp.production_parameter as p on p.company_id = p_company_id
    left join erp.item_mrp_parameter as r on r.company_id = p_company_id and r.item_id = v_material.item_id
    left join erp.job_order as j on j.company_id = p_company_id and j.job_order_id = o.job_order_id
    left join erp_internal.machine_sites(p_company_id, array[p_order_id]) as s
        on
            s.has_phase = (v_material.phase is not null) and s.phase = coalesce(v_material.phase, 0)
            and s.sub_phase = coalesce(v_material.sub_phase, 0)
    where o.company_id = p_company_id and o.production_order_id = p_order_id;

    return query
    with candidate (precedence, level, site_id) as (
        values
        (1, 'material', null::bigint),
        (2, 'site', v_site_id),
        (3, 'item', null),
        (4, 'machine', v_machine_site_id),
        (5, 'company', null)
    ),

    held as (
        select
            1 as precedence,
            null as section,
            v_material.warehouse_id as warehouse_id,
            v_material.movement_reason_id as movement_reason_id
        where v_material.warehouse_id is not null
        union all
        select
            s.precedence,
            s.section,
            s.warehouse_id,
            case when v_load then s.load_movement_reason_id else s.issue_movement_reason_id end
        from erp_internal.section_levels(
            p_company_id, v_mode, v_purchased, v_material.item_id, v_site_id, v_machine_site_id
        ) as s
        where v_purchased is not null
    ),

    winner as (
        select a.precedence, a.level
        from held as h
        inner join candidate as a on a.precedence = h.precedence
        where v_purchased is not null
        order by h.precedence
        limit 1
    ),

    described as (
        select
            a.precedence,
            a.level,
            t.site_code,
            h.section,
            w.warehouse_code,
            w.valid_until,
            r.reason_code,
            h.precedence is not null and v_purchased is not null as applies,
            coalesce(a.precedence = n.precedence, false) as wins,
            n.level as winning_level,
            erp_internal.reason_problems(r.movement_reason_id, r.direction, r.usable_in_production, v_load) as problems,
            case
                when v_purchased is null then 'no_parameters'
                when a.level = 'material' then case when h.precedence is null then 'own_none' else 'own' end
                when a.level = 'site' and a.site_id is null then 'no_site'
                when a.level = 'machine' and a.site_id is null then 'no_machine_site'
                when h.precedence is null
                    then 'no_section_' || case when a.site_id is null then a.level else 'site' end
                when r.movement_reason_id is null then 'section_without_reason'
                else 'section'
            end as code
        from candidate as a
        left join held as h on h.precedence = a.precedence
        left join winner as n on true
        left join erp.site as t on t.company_id = p_company_id and t.site_id = a.site_id
        left join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = h.warehouse_id
        left join erp.movement_reason as r
            on r.company_id = p_company_id and r.movement_reason_id = h.movement_reason_id
    )

    select
        j.precedence,
        j.level,
        j.site_code,
        j.section,
        j.warehouse_code,
        j.reason_code,
        j.applies,
        j.wins,
        concat_ws(
            ' ',
            erp_internal.explanation(
                j.code,
                coalesce(case when j.code <> 'no_parameters' then j.site_code end, v_item_code),
                coalesce(j.section, array_to_string(erp_internal.wanted_sections(v_mode, v_purchased), ' / ')),
                j.warehouse_code,
                j.reason_code
            ),
            case
                when j.wins and j.problems = '{}' then erp_internal.explanation('wins')
                when j.wins
                    then
                        (
                            select string_agg(erp_internal.explanation(b.code), ' ' order by b.nth)
                            from unnest(j.problems) with ordinality as b (code, nth)
                        )
                when j.applies then erp_internal.explanation('loses', p_level_or_date => j.winning_level)
                when j.level = 'company' and v_purchased is not null and j.winning_level is null
                    then erp_internal.explanation('nothing_wins')
            end,
            case
                when j.wins and j.valid_until is not null
                    then
                        erp_internal.explanation(
                            'valid_until', p_level_or_date => to_char(j.valid_until, 'YYYY-MM-DD')
                        )
            end
        ) as explanation
    from described as j
    order by j.precedence;
end;
$$;

comment on function erp_api.explain_material_source is
'Tells where a material row of an order, of any status, comes from (R10, R11): a row for each of the five levels, in
their precedence. level: material, site, item, machine, company; site_code is the site whose rules a
level uses. section is the one it holds of those wanted, with the raw_material of R11 where its wip is empty;
warehouse_code and reason_code are what it gives, the load reason for a by-product. applies: the level counts; wins: it
is the first that does, and gives the warehouse and the reason. explanation is a sentence in the language of
erp.language (R63).
Of a manual material that release transfers to wip (R9) the side it is taken from is shown. Whether the row moves at
all is not told here, nor are counterparts and stock: see erp_api.preview_release.
Errors: 22023 unknown order or line, PR004 unknown company or no membership.';
