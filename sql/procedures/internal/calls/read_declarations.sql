-- Reads the declarations of a call, each with its turn and, if it can be refused whatever the stock, with the reason
-- (R51-R53). p_kind: registration, rollback or deletion. p_record_date: of which day the records of a registration are;
-- null: each of the day of its declared_at in the company.
-- The declarations of one order share the positions at which they were requested, and take them in their sequence:
-- registering by declared_at, the row that closes the order last; rolling back and deleting the other way round.
-- What a registration did is kept (R54): of a registered row, what it counted as produced and whether it closed the
-- order; of the others it is what they would do by the phases as they are now. So what is loaded is what the producing
-- phase has declared good so far, less what is loaded already.
create or replace function erp_internal.read_declarations(
    p_company_id integer, p_declaration_ids bigint[], p_kind text, p_record_date date default null
)
returns setof erp_internal.requested_declaration
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_time_zone text;
begin
    select p.time_zone
    into v_time_zone
    from erp.production_parameter as p
    where p.company_id = p_company_id;

    return query
    with requested as materialized (
        select
            a.production_declaration_id,
            a.ordinal::integer as ordinal,
            d.production_order_id
        from unnest(p_declaration_ids) with ordinality as a (production_declaration_id, ordinal)
        left join lateral erp_internal.declaration_by_id(p_company_id, a.production_declaration_id) as d on true
    ),

    worked as materialized (
        select
            a.production_order_id,
            o.order_year,
            o.order_number,
            o.order_lot,
            o.status,
            o.short_close_run_id,
            o.quantity,
            o.item_id,
            o.item_variant_id,
            coalesce(i.tracking = 'lot', false) as by_lot
        from (select distinct a.production_order_id from requested as a) as a
        cross join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o
        left join lateral erp_internal.item_by_id(p_company_id, o.item_id) as i on true
    ),

    order_phase as materialized (
        select f.*
        from erp_internal.phase_roles(p_company_id, array(select w.production_order_id from worked as w)) as f
    ),

    -- all declarations of the orders, in the sequence of their phases
    row_of_order as materialized (
        select
            d.*,
            f.movable,
            f.producing,
            f.closing,
            d.registration_run_id is not null as registered,
            coalesce(pg_catalog.sum(d.good_quantity) over (g rows between unbounded preceding and 1 preceding), 0)
                as good_before,
            pg_catalog.sum(d.produced_quantity) over (partition by d.production_order_id) as loaded_quantity,
            coalesce(
                pg_catalog.sum(d.good_quantity + d.scrap_quantity)
                    over (g rows between unbounded preceding and 1 preceding),
                0
            ) as declared_before,
            pg_catalog.lag(d.production_declaration_id) over g as earlier_id,
            pg_catalog.lead(d.production_declaration_id) over g as later_id,
            pg_catalog.max(case when d.closed_order then d.production_declaration_id end)
                over (partition by d.production_order_id) as closing_id
        from (
            select d.*
            from worked as w
            cross join lateral erp_internal.declarations_of_order(p_company_id, w.production_order_id) as d
            offset 0
        ) as d
        inner join order_phase as p
            on
                p.production_order_id = d.production_order_id and p.phase = d.phase and p.sub_phase = d.sub_phase
        cross join lateral (
            select
                p.movable,
                p.producing,
                case
                    when d.registration_run_id is not null then d.closed_order
                    else p.last_productive and d.kind = 'closing'
                end as closing
        ) as f
        window g as (
            partition by d.production_order_id, d.phase, d.sub_phase
            order by d.declared_at, d.production_declaration_id
        )
    ),

    -- the declarations of an order share the positions at which they were requested
    slot as (
        select
            a.production_order_id,
            a.ordinal,
            pg_catalog.row_number() over (partition by a.production_order_id order by a.ordinal) as nth
        from requested as a
        where a.production_order_id is not null
    ),

    sequenced as (
        select
            r.*,
            a.ordinal,
            case p_kind when 'registration' then t.forward else t.backward end as nth
        from requested as a
        inner join row_of_order as r on r.production_declaration_id = a.production_declaration_id
        inner join (
            select
                r.production_declaration_id,
                pg_catalog.row_number() over (
                    partition by r.production_order_id
                    order by r.closing asc, r.declared_at asc, r.production_declaration_id asc
                ) as forward,
                pg_catalog.row_number() over (
                    partition by r.production_order_id
                    order by r.closing desc, r.declared_at desc, r.production_declaration_id desc
                ) as backward
            from row_of_order as r
            inner join requested as a on a.production_declaration_id = r.production_declaration_id
        ) as t on t.production_declaration_id = a.production_declaration_id
    ),

    in_turn as materialized (
        select
            t.*,
            s.ordinal as turn
        from sequenced as t
        inner join slot as s on s.production_order_id = t.production_order_id and s.nth = t.nth
    ),

    checked as (
        select
            p.*,
            w.order_year,
            w.order_number,
            w.order_lot,
            w.quantity as order_quantity,
            w.item_id,
            w.item_variant_id,
            w.by_lot,
            case when p_kind = 'rollback' and w.status = 'closed' and not p.closing then p.closing_id end
                as closing_needed_id,
            n.production_declaration_id as neighbour_id,
            case p_kind
                when 'registration'
                    then
                        case
                            when p.registered then 'already_registered'
                            when w.status = 'closed' then erp_internal.closed_code(w.short_close_run_id)
                            when w.status <> 'executive' then 'order_not_executive'
                        end
                when 'rollback'
                    then
                        case
                            when not p.registered then 'not_registered'
                            when w.status not in ('executive', 'closed') then 'order_not_executive'
                            when w.short_close_run_id is not null
                                then erp_internal.closed_code(w.short_close_run_id)
                        end
                when 'deletion' then case when p.registered then 'already_registered' end
            end as refusal
        from in_turn as p
        inner join worked as w on w.production_order_id = p.production_order_id
        -- the row of the phase that must be registered first (or rolled back, or deleted)
        left join row_of_order as n
            on
                n.production_declaration_id = case p_kind when 'registration' then p.earlier_id else p.later_id end
                and (p_kind = 'deletion' or n.registered = (p_kind = 'rollback'))
    )

    select
        a.ordinal,
        coalesce(j.turn, a.ordinal) as turn,
        a.production_declaration_id,
        j.production_order_id,
        coalesce(p_record_date, erp_internal.day_in(j.declared_at, v_time_zone)) as record_date,
        j.order_year,
        j.order_number,
        j.order_lot,
        j.order_quantity,
        j.phase,
        j.sub_phase,
        j.good_quantity,
        j.scrap_quantity,
        j.declared_before,
        case
            when j.registered then j.produced_quantity
            when j.producing
                then
                    greatest(j.good_before + j.good_quantity, j.loaded_quantity)
                    - greatest(j.good_before, j.loaded_quantity)
            else 0
        end as produced_quantity,
        case when j.by_lot then j.lot_code end as lot_code,
        case
            when j.by_lot and j.lot_code is not null
                then
                    coalesce(
                        l.lot_id,
                        -pg_catalog.dense_rank() over (order by j.item_id, j.item_variant_id, j.lot_code)
                    )
        end as lot_id,
        j.movable,
        j.producing,
        j.closing,
        c.turn as closing_turn,
        n.turn as neighbour_turn,
        case
            when j.production_order_id is null then 'declaration_not_found'
            when j.refusal is not null then j.refusal
            when j.closing_needed_id is not null and c.turn is null then 'order_closed'
            when j.neighbour_id is not null and n.turn is null then 'sequence_broken'
        end as refusal
    from requested as a
    left join checked as j on j.production_declaration_id = a.production_declaration_id
    left join in_turn as c on c.production_declaration_id = j.closing_needed_id
    left join in_turn as n on n.production_declaration_id = j.neighbour_id
    left join lateral erp_internal.lot_by_code(p_company_id, j.item_id, j.item_variant_id, j.lot_code) as l on true
    order by 2;
end;
$$;
