-- Serves the stock documents that contend for scarce stock, or that count what others of the call move, one after the
-- other in the order of the call, exactly (R7, R15, R16). All that it needs is passed in, as steps and as cells on the
-- days of the call; it reads no table.
-- Of a document what it counts is measured first, then its issues are taken, and what it loads is added only then, so
-- that it does not cover them. A short issue counts in full for the later ones of its document. A refused document
-- leaves everything as it was; so does one of p_refused_ordinals, of which all that it lacks is told too.
-- Returns an allocation for each chosen step and place, those of refused documents too, and a refusal for each shortage
-- and for each difference of a count that has no reason (value_required, with the difference).
create or replace function erp_internal.serve_documents(
    p_steps erp_internal.document_step[],
    p_cells erp_internal.dated_cell[],
    p_refused_ordinals integer[]
)
returns setof erp_internal.document_allocation
language plpgsql
immutable
as $$
declare
    v_on_date numeric [];
    v_available numeric [];
    v_last_indexes integer [];
    v_step record;
    v_ordinal integer := 0;
    v_refused boolean := false;
    v_count_lines integer [];
    v_differences numeric [];
    v_taken integer := 0;
    v_taken_indexes integer [];
    v_taken_quantities numeric [];
    v_want numeric;
    v_rest numeric;
    v_free numeric;
    v_there numeric;
    v_free_in_all numeric;
    v_there_in_all numeric;
    v_own numeric;
    v_part numeric;
    v_index integer;
begin
    select
        pg_catalog.array_agg(c.on_date order by c.index), pg_catalog.array_agg(c.available order by c.index),
        pg_catalog.array_agg(c.last_index order by c.index)
    into v_on_date, v_available, v_last_indexes
    from unnest(p_cells) as c;

    for v_step in
        select s.*, r.ordinal is not null as refused
        from unnest(p_steps) as s
        left join unnest(p_refused_ordinals) as r (ordinal) on r.ordinal = s.ordinal
        order by s.ordinal, case s.direction when 0 then 1 when -1 then 2 else 3 end, s.line, s.counterpart
    loop
        if v_step.ordinal <> v_ordinal then
            -- give back what a refused document took
            for i in 1..case when v_refused then v_taken else 0 end loop
                for v_day in v_taken_indexes[i]..v_last_indexes[v_taken_indexes[i]] loop
                    v_on_date[v_day] := v_on_date[v_day] + v_taken_quantities[i];
                    v_available[v_day] := v_available[v_day] + v_taken_quantities[i];
                end loop;
            end loop;
            v_ordinal := v_step.ordinal;
            v_refused := v_step.refused;
            v_taken := 0;
            v_count_lines := '{}';
            v_differences := '{}';
        end if;

        if v_step.direction = 0 then
            v_want := v_step.counted_quantity - v_on_date[v_step.count_index];
            v_count_lines := v_count_lines || v_step.line;
            v_differences := v_differences || v_want;
            if v_want < 0 and not v_step.issuable or v_want > 0 and not v_step.loadable then
                v_refused := true;
                return next erp_internal.document_allocation(
                    p_ordinal => v_ordinal, p_line => v_step.line, p_refusal => 'value_required', p_required => v_want
                );
            end if;
            continue;
        end if;
        v_want := case
            when v_step.count_direction is null then v_step.quantity
            else
                greatest(
                    v_step.count_direction
                    * v_differences[pg_catalog.array_position(v_count_lines, v_step.line)],
                    0
                )
        end;
        -- what a document loads comes after all that it issues
        continue when v_want = 0 or v_step.direction > 0 and v_refused;

        v_rest := v_want;
        v_free_in_all := 0;
        v_there_in_all := 0;
        v_own := 0;
        for v_place in 1..coalesce(pg_catalog.cardinality(v_step.cell_indexes), 0) loop
            v_index := v_step.cell_indexes[v_place];
            v_part := v_rest;
            if v_step.direction < 0 then
                v_there := v_on_date[v_index];
                v_free := v_available[v_index];
                for v_day in v_index + 1..v_last_indexes[v_index] loop
                    v_free := least(v_free, v_available[v_day]);
                end loop;
                for i in 1..v_taken loop
                    if v_last_indexes[v_taken_indexes[i]] = v_last_indexes[v_index] then
                        v_own := v_own + v_taken_quantities[i];
                    end if;
                end loop;
                if pg_catalog.cardinality(v_step.cell_indexes) > 1 then
                    v_there := greatest(v_there, 0);
                    v_free := greatest(v_free, 0);
                    v_part := least(v_part, v_free);
                end if;
                v_there_in_all := v_there_in_all + v_there;
                v_free_in_all := v_free_in_all + v_free;
                v_taken := v_taken + 1;
                v_taken_indexes[v_taken] := v_index;
                v_taken_quantities[v_taken] := v_part;
            end if;
            for v_day in v_index..v_last_indexes[v_index] loop
                v_on_date[v_day] := v_on_date[v_day] + v_step.direction * v_part;
                v_available[v_day] := v_available[v_day] + v_step.direction * v_part;
            end loop;
            v_rest := v_rest - v_part;
            if v_step.chosen and v_part > 0 then
                return next erp_internal.document_allocation(
                    p_ordinal => v_ordinal,
                    p_line => v_step.line,
                    p_counterpart => v_step.counterpart,
                    p_direction => v_step.direction,
                    p_place => v_place,
                    p_quantity => v_part
                );
            end if;
        end loop;

        if v_step.chosen and v_step.cell_indexes is null then
            return next erp_internal.document_allocation(
                p_ordinal => v_ordinal,
                p_line => v_step.line,
                p_counterpart => v_step.counterpart,
                p_direction => v_step.direction,
                p_place => 1,
                p_quantity => v_want
            );
        end if;
        if v_step.counted_index is not null then
            v_index := v_step.counted_index;
            if v_step.direction < 0 then
                v_taken := v_taken + 1;
                v_taken_indexes[v_taken] := v_index;
                v_taken_quantities[v_taken] := v_want;
            end if;
            for v_day in v_index..v_last_indexes[v_index] loop
                v_on_date[v_day] := v_on_date[v_day] + v_step.direction * v_want;
                v_available[v_day] := v_available[v_day] + v_step.direction * v_want;
            end loop;
        end if;

        if v_step.checked and v_step.cell_indexes is not null and v_free_in_all < v_want then
            v_refused := true;
            -- earlier lines of the document count in full, but what is shown is not below what was there
            return next erp_internal.document_allocation(
                p_ordinal => v_ordinal,
                p_line => v_step.line,
                p_counterpart => v_step.counterpart,
                p_direction => v_step.direction,
                p_refusal => case
                    when v_step.gives_back then 'return_exceeds_issued'
                    when v_there_in_all < v_want then 'insufficient_stock'
                    else 'later_stock_negative'
                end,
                p_required => v_want,
                p_available => case
                    when v_there_in_all < v_want then greatest(v_there_in_all, least(v_there_in_all + v_own, 0))
                    else greatest(v_free_in_all, least(v_free_in_all + v_own, 0))
                end
            );
        end if;
    end loop;
end;
$$;
