-- Finds whether the record date is outside the open period, or within p_days_ahead days of its end (R18).
create or replace function erp_internal.period_findings(p_company_id integer, p_record_date date, p_days_ahead integer)
returns table (code text, severity text, subject text, ordinal integer, line integer, example jsonb)
language plpgsql
stable
as $$
#variable_conflict use_column
begin
    return query
    select
        case when p.is_open then 'period_ending' else 'period_closed' end as code,
        case when p.is_open then 'warning' else 'error' end as severity,
        '' as subject,
        null::integer as ordinal,
        null::integer as line,
        pg_catalog.jsonb_build_object(
            'record_date', p_record_date, 'period_start', p.period_start, 'period_end', p.period_end
        ) as example
    from (
        select
            p.period_start,
            p.period_end,
            p_record_date between p.period_start and p.period_end as is_open
        from erp.production_parameter as p
        where p.company_id = p_company_id
    ) as p
    where p_record_date not between p.period_start and p.period_end - p_days_ahead;
end;
$$;
