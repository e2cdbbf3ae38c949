-- Writes down what there is (found) as what there should be, but for what somebody had changed by hand before.
with changed_by_hand as (
    select * from unnest(%(identities)s::text[], %(definitions)s::text[]) as h (identity, definition)
),

gone as (
    delete from erp_meta.expected_object as e
    where
        not exists (
            select from found as f
            where f.identity = e.identity
        )
        and not exists (
            select from changed_by_hand as h
            where h.identity = e.identity and h.definition is null
        )
)

insert into erp_meta.expected_object as e (identity, definition)
select
    f.identity,
    coalesce(f.definition, '') as definition
from found as f
where
    not exists (
        select from changed_by_hand as h
        where h.identity = f.identity and h.definition = coalesce(f.definition, '')
    )
on conflict on constraint expected_object_pkey do update
    set definition = excluded.definition
    where e.definition <> excluded.definition
