-- Returns how sentences name what there may be many of: the first five labels, and how many there are if they are more.
-- Null for null, so that nothing is said of what array_agg does not find.
create or replace function erp_internal.some_of(p_labels text[])
returns text
language sql
immutable
parallel safe
begin atomic
    select
        pg_catalog.array_to_string(p_labels[:5], ', ')
        || case
            when pg_catalog.cardinality(p_labels) > 5
                then pg_catalog.format(', ... (%s)', pg_catalog.cardinality(p_labels))
            else ''
        end;
end;
