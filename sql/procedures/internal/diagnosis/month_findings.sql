-- Finds whether the record date lies within p_days_ahead days of the end of the monthly partitions, or behind it, where
-- stock is kept in such. Nothing fails then, but the days that follow share a partition, and months that hold some are
-- not made any more.
create or replace function erp_internal.month_findings(p_record_date date, p_days_ahead integer)
returns table (code text, severity text, subject text, ordinal integer, line integer, example jsonb)
language plpgsql
stable
as $$
#variable_conflict use_column
begin
    return query
    select
        'months_ending' as code,
        'warning' as severity,
        '' as subject,
        null::integer as ordinal,
        null::integer as line,
        pg_catalog.jsonb_build_object('record_date', p_record_date, 'valid_until', m.end_day - 1) as example
    from (
        select
            pg_catalog.max(
                substring(pg_catalog.pg_get_expr(p.relpartbound, p.oid) from 'TO \(''([^'']+)''\)')::date
            ) as end_day
        from pg_catalog.pg_inherits as i
        inner join pg_catalog.pg_class as p on p.oid = i.inhrelid
        where i.inhparent = 'erp.stock_movement'::regclass
    ) as m
    where p_record_date >= m.end_day - p_days_ahead;
end;
$$;
