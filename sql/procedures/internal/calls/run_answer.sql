-- requires: internal/messages/unknown_reason
-- Returns what a run answers for each id of the call (p_ids), in the order of the call: the stored row, or, where there
-- is none, that the id is unknown (p_unknown_code). It is in the language of the run, so a repeated request key gets
-- the same answer (R60).
create or replace function erp_internal.run_answer(
    p_company_id integer, p_run_id bigint, p_ids bigint[], p_unknown_code text
)
returns table (
    ordinal integer, order_id bigint, order_year integer, order_number integer, order_lot integer, outcome text,
    run_id bigint, record_count integer, movement_count integer, other_order_id bigint,
    declaration_id bigint, reasons jsonb
)
language sql
stable
begin atomic
    select
        a.ordinal::integer as ordinal,
        case
            when r.ordinal is not null then r.production_order_id
            when p_unknown_code = 'order_not_found' then a.id
        end as order_id,
        r.order_year,
        r.order_number,
        r.order_lot,
        coalesce(r.outcome, 'refused') as outcome,
        p_run_id as run_id,
        coalesce(r.record_count, 0) as record_count,
        coalesce(r.movement_count, 0) as movement_count,
        r.other_order_id,
        case
            when r.ordinal is not null then r.production_declaration_id
            when p_unknown_code = 'declaration_not_found' then a.id
        end as declaration_id,
        case
            when r.ordinal is not null then r.reasons
            else
                pg_catalog.jsonb_build_array(
                    u.reason
                    || pg_catalog.jsonb_build_object('message', pg_catalog.format(u.reason ->> 'message', a.id))
                )
        end as reasons
    from unnest(p_ids) with ordinality as a (id, ordinal)
    left join lateral (
        select r.*
        from erp.run_order as r
        where r.company_id = p_company_id and r.run_id = p_run_id and r.ordinal = a.ordinal
        offset 0
    ) as r on true
    cross join lateral (
        select (
            select erp_internal.unknown_reason(p_company_id, p_unknown_code, u.language)
            from erp.run as u
            where u.company_id = p_company_id and u.run_id = p_run_id
        ) as reason
    ) as u;
end;
