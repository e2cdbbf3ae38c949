-- Returns what a run keeps of data that it was sent (R74): the digest and the counts, by which a repeat is known, and
-- not the data itself.
create or replace function erp_internal.sent_arguments(p_sent jsonb, p_counts jsonb, p_all_or_none boolean)
returns jsonb
language sql
stable
parallel safe
return pg_catalog.jsonb_build_object(
    'sha256', pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p_sent::text, 'UTF8')), 'hex'),
    'counts', p_counts,
    'all_or_none', p_all_or_none
);
