-- requires: internal/guards/is_order_archivable, internal/lookups/declaration_labels, internal/plan/closed_code
-- Returns what a call makes of an order of this status (R55, R56). p_change: close, reopen or archive. outcome: closed,
-- reopened, archived; unchanged where the order already is so; or refused, with the code of the refusal. detail names
-- up to five declarations that are not registered, and counts more.
create or replace function erp_internal.status_change(
    p_company_id integer, p_order_id bigint, p_change text, p_status text, p_short_close_run_id bigint
)
returns table (outcome text, code text, detail text)
language sql
stable
rows 1
begin atomic
    select
        c.outcome,
        case
            when c.outcome = 'refused'
                then
                    case
                        when p_change = 'archive' then 'order_executive'
                        when p_status = 'archived' then 'order_archived'
                        when p_change = 'reopen' then 'order_not_short_closed'
                        when p_status = 'closed' then erp_internal.closed_code(p_short_close_run_id)
                        when p_status = 'executive' then 'declarations_pending'
                        else 'order_not_executive'
                    end
        end as code,
        d.pending as detail
    from (
        -- there is one text at most
        select pg_catalog.min(n.declaration_labels) as pending
        from erp_internal.declaration_labels(p_company_id, p_order_id, true) as n
        where p_change = 'close' and p_status = 'executive'
    ) as d
    cross join lateral (
        select
            case
                when p_change = 'close' and p_status = 'executive' and d.pending is null then 'closed'
                when p_change = 'close' and p_status = 'closed' and p_short_close_run_id is not null then 'unchanged'
                when p_change = 'reopen' and p_status = 'closed' and p_short_close_run_id is not null then 'reopened'
                when p_change = 'reopen' and p_status = 'executive' then 'unchanged'
                when p_change = 'archive' and erp_internal.is_order_archivable(p_status) then 'archived'
                when p_change = 'archive' and p_status = 'archived' then 'unchanged'
                else 'refused'
            end as outcome
    ) as c;
end;
