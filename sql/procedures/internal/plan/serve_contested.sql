-- Serves the orders that contend for scarce stock, one after the other in the order of the call, exactly (R7, R8, R15,
-- R23), each in the quantity requested, or as far as stock goes. This is the only loop in which the result for one
-- order decides what the next one finds. All that it needs is passed in, as steps, pools and cells; it reads no table.
-- p_separately: each order finds the stock as if it were the only one (R41).
-- Returns an allocation per step served, a refusal per shortage, and a row without line per order that is cut down
-- (order_quantity) or refused (0).
create or replace function erp_internal.serve_contested(
    p_split boolean,
    p_orders erp_internal.requested_order[],
    p_refused_ordinals integer[],
    p_steps erp_internal.allocation_step[],
    p_pool_cells integer[],
    p_pool_add_cells integer[],
    p_cells erp_internal.stock_cell[],
    p_separately boolean default false
)
returns setof erp_internal.allocation
language plpgsql
immutable
as $$
declare
    v_remaining numeric [];
    v_lowest numeric [];
    v_on_date numeric [];
    v_earlier integer [];
    v_later integer [];
    v_own numeric [];
    v_order record;
    v_step erp_internal.allocation_step;
    v_quantity numeric;
    v_unit numeric;
    v_low numeric;
    v_high numeric;
    v_try numeric;
    v_trial integer;
    v_fits boolean;
    v_splittable boolean;
    v_part numeric;
    v_need numeric;
    v_rest numeric;
    v_want numeric;
    v_lack numeric;
    v_free numeric;
    v_margin numeric;
    v_cell integer;
    v_change numeric;
    v_taken integer;
    v_taken_steps integer [];
    v_taken_pools integer [];
    v_taken_quantities numeric [];
    v_shortages erp_internal.allocation [];
begin
    select
        pg_catalog.array_agg(c.available order by c.cell),
        pg_catalog.array_agg(c.lowest order by c.cell),
        pg_catalog.array_agg(c.on_date order by c.cell),
        pg_catalog.array_agg(c.earlier_cell order by c.cell),
        pg_catalog.array_agg(c.later_cell order by c.cell),
        pg_catalog.array_agg(0::numeric)
    into v_remaining, v_lowest, v_on_date, v_earlier, v_later, v_own
    from unnest(p_cells) as c;

    for v_order in
        select
            o.ordinal,
            o.quantity,
            o.quantity_decimals,
            o.splittable,
            r.ordinal is not null as refused,
            s.first_step,
            s.last_step
        from unnest(p_orders) as o
        inner join (
            select t.ordinal, pg_catalog.min(t.ordinality) as first_step, pg_catalog.max(t.ordinality) as last_step
            from unnest(p_steps) with ordinality as t
            group by t.ordinal
        ) as s on s.ordinal = o.ordinal
        left join unnest(p_refused_ordinals) as r (ordinal) on r.ordinal = o.ordinal
        order by o.ordinal
    loop
        v_quantity := v_order.quantity;
        v_trial := 0;
        v_taken := 0;
        loop
            -- undo the last trial, then try this quantity
            for i in 1..v_taken loop
                if v_taken_pools[i] is not null then
                    v_own[p_pool_cells[v_taken_pools[i]]] := 0;
                end if;
            end loop;
            v_taken := 0;
            v_fits := true;
            v_part := 1;
            if v_trial = 0 then
                v_shortages := '{}';
            end if;

            for v_step_index in v_order.first_step..v_order.last_step loop
                v_step := p_steps[v_step_index];
                if v_step.first_of_line then
                    v_need := case
                        when v_trial = 0 then v_step.quantity
                        else
                            erp_internal.moved_quantity(
                                v_step.unit_quantity, v_step.fixed, v_step.scrap_percent, v_step.quantity_decimals,
                                v_step.quantity_before, v_quantity, v_step.picked_quantity
                            )
                    end;
                    v_rest := v_need;
                end if;
                v_want := least(v_rest, coalesce(v_step.limit_quantity, v_rest));
                v_rest := v_rest - v_want;
                continue when v_want = 0;

                v_lack := 0;
                if v_step.takes and v_step.by_lot then
                    v_lack := v_want;
                    for v_pool_index in coalesce(v_step.pool_first, 1)..coalesce(v_step.pool_last, 0) loop
                        v_cell := p_pool_cells[v_pool_index];
                        v_free := least(v_lack, v_remaining[v_cell] - v_own[v_cell]);
                        if v_free > 0 then
                            v_own[v_cell] := v_own[v_cell] + v_free;
                            v_lack := v_lack - v_free;
                            v_taken := v_taken + 1;
                            v_taken_steps[v_taken] := v_step_index;
                            v_taken_pools[v_taken] := v_pool_index;
                            v_taken_quantities[v_taken] := v_free;
                            exit when v_lack = 0;
                        end if;
                    end loop;
                elsif v_step.by_lot and v_step.lot_id is null then
                    -- the rest of a load that no lot of the row covers
                    v_lack := v_want;
                else
                    if v_step.takes then
                        v_cell := p_pool_cells[v_step.pool_first];
                        v_free := v_remaining[v_cell] - v_own[v_cell];
                        if v_step.checked and v_free < v_want then
                            v_lack := v_want - v_free;
                        end if;
                        v_own[v_cell] := v_own[v_cell] + v_want;
                    end if;
                    v_taken := v_taken + 1;
                    v_taken_steps[v_taken] := v_step_index;
                    v_taken_pools[v_taken] := case when v_step.takes then v_step.pool_first end;
                    v_taken_quantities[v_taken] := v_want;
                end if;

                if v_lack > 0 then
                    v_fits := false;
                    v_part := least(v_part, greatest(v_want - v_lack, 0) / v_want);
                    exit when v_trial > 0;
                    if not v_step.by_lot then
                        v_margin := v_on_date[v_cell] - v_remaining[v_cell];
                        -- earlier rows of the order count in full, but what is shown is not below what was there
                        v_shortages := v_shortages || erp_internal.allocation(
                            p_ordinal => v_order.ordinal,
                            p_line => v_step.line,
                            p_refusal => case
                                when v_free + v_margin < v_want then 'insufficient_stock'
                                else 'later_stock_negative'
                            end,
                            p_required => v_want,
                            p_available => case
                                when v_free + v_margin < v_want
                                    then greatest(v_free + v_margin, least(v_remaining[v_cell] + v_margin, 0))
                                else greatest(v_free, least(v_remaining[v_cell], 0))
                            end
                        );
                    elsif v_step.lot_id is not null then
                        v_shortages := v_shortages || erp_internal.allocation(
                            p_ordinal => v_order.ordinal,
                            p_line => v_step.line,
                            p_lot_id => v_step.lot_id,
                            p_refusal => 'lot_unavailable',
                            p_required => v_want,
                            p_available => v_want - v_lack
                        );
                    else
                        v_shortages := v_shortages || erp_internal.allocation(
                            p_ordinal => v_order.ordinal,
                            p_line => v_step.line,
                            p_refusal => case
                                when v_step.takes and v_step.checked then 'lot_unavailable'
                                else 'lot_required'
                            end,
                            p_required => v_need,
                            p_available => v_need - v_lack
                        );
                    end if;
                end if;
            end loop;

            if v_trial = 0 then
                exit when v_fits;
                v_splittable := p_split and not v_order.refused and not exists (
                    select from unnest(v_shortages) as s where s.refusal = 'lot_required'
                );
                exit when not v_splittable or not v_order.splittable;
                -- the largest number of units that fits is at least v_low and below v_high
                v_unit := ('1e-' || v_order.quantity_decimals)::numeric;
                v_low := 0;
                v_high := pg_catalog.ceil(v_order.quantity / v_unit);
                v_try := greatest(least(pg_catalog.floor(v_high * v_part), v_high - 1), 1);
            else
                if v_fits then
                    v_low := v_try;
                else
                    v_high := v_try;
                end if;
                exit when v_fits and v_high - v_low <= 1;
                if v_high - v_low <= 1 then
                    v_try := v_low;
                elsif v_trial = 1 then
                    v_try := case when v_fits then v_try + 1 else v_try - 1 end;
                elsif v_low = 0 then
                    v_try := 1;
                else
                    v_try := pg_catalog.div(v_low + v_high, 2);
                end if;
                exit when v_try = 0;
            end if;
            v_trial := v_trial + 1;
            v_quantity := v_try * v_unit;
        end loop;

        if v_fits and not v_order.refused then
            for i in 1..v_taken loop
                v_step := p_steps[v_taken_steps[i]];
                v_cell := p_pool_cells[v_taken_pools[i]];
                return next erp_internal.allocation(
                    p_ordinal => v_order.ordinal,
                    p_line => v_step.line,
                    p_lot_id => case
                        when not v_step.by_lot then 0
                        when v_step.takes then (p_cells[v_cell]).lot_id
                        else v_step.lot_id
                    end,
                    p_location_id => case
                        when v_step.by_lot and v_step.takes then (p_cells[v_cell]).location_id
                        else 0
                    end,
                    p_quantity => v_taken_quantities[i]
                );
                if v_cell is not null then
                    v_own[v_cell] := 0;
                end if;
            end loop;
            -- what was taken is gone, and what was added is there, on the record date and on all later ones
            for i in 1..case when p_separately then 0 else v_taken end loop
                v_step := p_steps[v_taken_steps[i]];
                v_change := -v_taken_quantities[i];
                foreach v_cell in array array[
                    p_pool_cells[v_taken_pools[i]],
                    case when v_step.takes then p_pool_add_cells[v_taken_pools[i]] else v_step.add_cell end
                ]
                loop
                    if v_cell is not null then
                        if v_earlier[v_cell] is null and v_later[v_cell] is null then
                            v_on_date[v_cell] := v_on_date[v_cell] + v_change;
                            v_remaining[v_cell] := v_remaining[v_cell] + v_change;
                        else
                            loop
                                v_on_date[v_cell] := v_on_date[v_cell] + v_change;
                                v_lowest[v_cell] := v_lowest[v_cell] + v_change;
                                exit when v_later[v_cell] is null;
                                v_cell := v_later[v_cell];
                            end loop;
                            v_free := v_lowest[v_cell];
                            loop
                                v_free := least(v_free, v_lowest[v_cell]);
                                v_remaining[v_cell] := v_free;
                                exit when v_earlier[v_cell] is null;
                                v_cell := v_earlier[v_cell];
                            end loop;
                        end if;
                    end if;
                    v_change := v_taken_quantities[i];
                end loop;
            end loop;
            v_taken := 0;
            if v_trial > 0 then
                return next erp_internal.allocation(p_ordinal => v_order.ordinal, p_order_quantity => v_quantity);
            end if;
        else
            for i in 1..v_taken loop
                if v_taken_pools[i] is not null then
                    v_own[p_pool_cells[v_taken_pools[i]]] := 0;
                end if;
            end loop;
            return query select s.* from unnest(v_shortages) as s;
            if not v_order.refused and v_splittable then
                return next erp_internal.allocation(
                    p_ordinal => v_order.ordinal,
                    p_refusal => case
                        when v_order.splittable then 'zero_feasible_quantity'
                        else 'split_not_possible'
                    end
                );
            end if;
            return next erp_internal.allocation(p_ordinal => v_order.ordinal, p_order_quantity => 0);
        end if;
    end loop;
end;
$$;
