-- The statements that drop the policies which hang on some routines.
select distinct format('drop policy %%I on %%s', p.polname, p.polrelid::regclass)
from unnest(%(routines)s::text[]) as i
inner join pg_depend as d
    on d.refclassid = 'pg_proc'::regclass and d.refobjid = to_regprocedure(substr(i, 9))
inner join pg_policy as p on d.classid = 'pg_policy'::regclass and p.oid = d.objid
order by 1
