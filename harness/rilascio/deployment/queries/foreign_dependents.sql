-- What is not ours and depends on something of ours, so that this cannot be dropped.
select distinct
    case i.type
        when 'rule' then 'view ' || regexp_replace(i.identity, '^"_RETURN" on ', '')
        else i.type || ' ' || i.identity
    end as dependent
from pg_depend as d
cross join lateral pg_identify_object(d.classid, d.objid, 0) as i
cross join lateral pg_identify_object(d.refclassid, d.refobjid, 0) as o
where
    d.deptype in ('n', 'a')
    and o.schema = any(%(schemas)s)
    and not coalesce(i.schema, '') = any(%(schemas)s)
    and i.identity !~ ('(^|on |for )(' || array_to_string(%(schemas)s::text[], '|') || ')\.')
    and i.type not in ('schema', 'extension')
order by 1
