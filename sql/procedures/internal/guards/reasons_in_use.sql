-- Returns of movement reasons those whose direction must not change, since stock records have them (R20). example names
-- one such record.
-- Precondition: the configuration is claimed (erp_internal.claim_configuration), at read committed, so that runs have
-- ended and what they wrote is seen.
create or replace function erp_internal.reasons_in_use(p_reasons erp_internal.reason_key[])
returns table (company_id integer, movement_reason_id bigint, example text)
language sql
stable
begin atomic
    select
        a.company_id,
        a.movement_reason_id,
        e.example
    from unnest(p_reasons) as a
    inner join erp.movement_reason as s
        on s.company_id = a.company_id and s.movement_reason_id = a.movement_reason_id
    cross join
        lateral (
            select pg_catalog.to_char(r.record_date, '"a record of" YYYY-MM-DD') as example
            from erp.stock_record as r
            where
                r.company_id = s.company_id and r.warehouse_id = s.warehouse_id
                and r.movement_reason_id = s.movement_reason_id
            limit 1
        ) as e;
end;
