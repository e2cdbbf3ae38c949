-- requires: internal/lookups/declaration_labels, internal/lookups/order_document_keys
-- requires: internal/lookups/records_of_order, internal/plan/closed_code
-- Returns the reasons to refuse the restore of an order whatever the stock (R18, R32, R33), one row each. record_date
-- is the day outside the period; detail names up to five declarations, or documents that picked for the order or gave
-- something back, and counts more. A wrong status is the only reason of its order.
-- Records are looked up by order, since the statistics do not know a run of today.
create or replace function erp_internal.restore_obstacles(
    p_company_id integer, p_order_id bigint, p_status text, p_release_run_id bigint, p_short_close_run_id bigint
)
returns table (code text, record_date date, detail text)
language sql
stable
begin atomic
    select
        case p_status
            when 'closed' then erp_internal.closed_code(p_short_close_run_id)
            else 'order_not_executive'
        end as code,
        null::date as record_date,
        null as detail
    where p_status <> 'executive'
    union all
    select
        'declarations_exist' as code,
        null::date as record_date,
        d.declaration_labels as detail
    from erp_internal.declaration_labels(p_company_id, p_order_id) as d
    where p_status = 'executive'
    union all
    select
        'documents_exist' as code,
        null::date as record_date,
        d.document_keys as detail
    from erp_internal.order_document_keys(p_company_id, p_order_id) as d
    where p_status = 'executive'
    union all
    select
        'period_closed' as code,
        pg_catalog.min(r.record_date) as record_date,
        null as detail
    from erp_internal.records_of_order(p_company_id, p_order_id) as r
    inner join erp.production_parameter as p on p.company_id = p_company_id
    where
        p_status = 'executive'
        and r.run_id = p_release_run_id and not r.record_date between p.period_start and p.period_end
    having pg_catalog.count(*) > 0;
end;
