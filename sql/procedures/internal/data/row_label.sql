-- requires: internal/data/put_kinds
-- Returns how sentences call a sent row: its kind and its key, such as item BR-0510.
create or replace function erp_internal.row_label(p_kind text, p_key jsonb)
returns text
language sql
immutable
parallel safe
begin atomic
    select pg_catalog.concat_ws(' ', p_kind, pg_catalog.string_agg(k.value, ' ' order by c.nth))
    from erp_internal.put_kinds() as p
    cross join lateral unnest(p.key_columns) with ordinality as c (name, nth)
    cross join lateral (select p_key ->> c.name as value) as k
    where p.kind = p_kind;
end;
