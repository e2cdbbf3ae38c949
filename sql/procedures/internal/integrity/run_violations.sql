-- Returns the runs whose answers do not fit their arguments or their kind (R61).
create or replace function erp_internal.run_violations(p_company_id integer)
returns table (code text, example jsonb)
language plpgsql
stable
set enable_nestloop = off
as $$
#variable_conflict use_column
begin
    return query
    select
        'run_unanswered' as code,
        pg_catalog.jsonb_build_object(
            'run_id', u.run_id, 'kind', u.kind, 'requested_count', q.requested_count,
            'answer_count', coalesce(a.answer_count, 0), 'unknown_count', u.unknown_count
        ) as example
    from erp.run as u
    cross join lateral (
        -- an id counts once (R7), but each element of a declaration call counts
        select
            case u.kind
                when 'orders' then (u.arguments ->> 'orders')::bigint
                else
                    pg_catalog.count(distinct case u.kind when 'declaration' then e.ordinal::text else e.element end)
            end as requested_count
        from pg_catalog.jsonb_array_elements_text(
            coalesce(u.arguments -> 'order_ids', u.arguments -> 'declaration_ids', u.arguments -> 'declarations')
        ) with ordinality as e (element, ordinal)
    ) as q
    left join (
        select a.run_id, pg_catalog.count(*) as answer_count, pg_catalog.max(a.ordinal) as last_ordinal
        from erp.run_order as a
        where a.company_id = p_company_id
        group by a.run_id
    ) as a on a.run_id = u.run_id
    where
        u.company_id = p_company_id and u.kind <> 'hand'
        and (
            -- what a put left unchanged has no row
            u.kind <> 'orders' and q.requested_count <> coalesce(a.answer_count, 0) + u.unknown_count
            or q.requested_count < a.last_ordinal
        )
    union all
    select
        'answer_of_other_kind',
        pg_catalog.jsonb_build_object(
            'run_id', u.run_id, 'kind', u.kind, 'outcome', a.outcome,
            'order', erp_internal.order_label(a.order_year, a.order_number, a.order_lot)
        )
    from erp.run_order as a
    inner join erp.run as u on u.company_id = p_company_id and u.run_id = a.run_id
    where
        a.company_id = p_company_id
        and u.kind <> case a.outcome
            when 'refused' then u.kind
            when 'restored' then 'restore'
            when 'declared' then 'declaration'
            when 'registered' then 'registration'
            when 'rolled_back' then 'rollback'
            when 'deleted' then case when u.kind in ('orders', 'hand') then u.kind else 'deletion' end
            when 'created' then case u.kind when 'hand' then u.kind else 'orders' end
            when 'changed' then case u.kind when 'hand' then u.kind else 'orders' end
            when 'closed' then 'close'
            when 'reopened' then 'reopen'
            when 'archived' then 'archive'
            when 'merged' then 'merge'
            when 'unchanged' then case when u.kind in ('close', 'reopen', 'archive') then u.kind else '' end
            else 'release'
        end
    union all
    -- a document that was unchanged has no answer of its own
    select
        'run_unanswered',
        pg_catalog.jsonb_build_object(
            'run_id', u.run_id, 'kind', u.kind, 'requested_count', u.arguments #> '{counts,stock_document}',
            'answer_count', a.answer_count, 'unknown_count', u.unknown_count
        )
    from erp.run as u
    inner join (
        select a.run_id, pg_catalog.count(*) as answer_count, pg_catalog.max(a.ordinal) as last_ordinal
        from erp.run_row as a
        where a.company_id = p_company_id and a.kind = 'stock_document'
        group by a.run_id
    ) as a on a.run_id = u.run_id
    where u.company_id = p_company_id and a.last_ordinal > (u.arguments #>> '{counts,stock_document}')::integer
    union all
    select
        'answer_of_other_kind',
        pg_catalog.jsonb_build_object(
            'run_id', u.run_id, 'kind', u.kind, 'outcome', a.outcome, 'document_key', a.key -> 'document_key'
        )
    from erp.run_row as a
    inner join erp.run as u on u.company_id = p_company_id and u.run_id = a.run_id
    where
        a.company_id = p_company_id and a.kind = 'stock_document'
        and u.kind <> case a.outcome
            when 'posted' then 'posting'
            when 'removed' then 'stock_removal'
            when 'refused' then case u.kind when 'stock_removal' then u.kind else 'posting' end
            else ''
        end
    union all
    select
        'run_not_in_feed',
        pg_catalog.jsonb_build_object('run_id', u.run_id, 'kind', u.kind)
    from erp.run as u
    where
        u.company_id = p_company_id
        and (
            exists (select from erp.run_order as a where a.company_id = p_company_id and a.run_id = u.run_id)
            or exists (select from erp.run_row as a where a.company_id = p_company_id and a.run_id = u.run_id)
        )
        and not exists (select from erp.run_place as p where p.company_id = p_company_id and p.run_id = u.run_id);
end;
$$;
