-- What plpgsql_check says of our routines; a trigger's function is checked against each of its tables, with the names
-- of its transition tables.
select distinct format('%s line %s: %s: %s', p.oid::regprocedure, c.lineno, c.level, c.message)
from pg_catalog.pg_proc as p
inner join pg_catalog.pg_language as l on l.oid = p.prolang and l.lanname = 'plpgsql'
left join pg_catalog.pg_trigger as t on t.tgfoid = p.oid
cross join
    lateral plpgsql_check_function_tb(
        p.oid::regprocedure, coalesce(t.tgrelid, 0), fatal_errors => false,
        -- a function may serve triggers with other transition tables too, which are called so by habit
        oldtable => case when t.oid is not null then coalesce(t.tgoldtable, 'old_rows') end,
        newtable => case when t.oid is not null then coalesce(t.tgnewtable, 'new_rows') end
    ) as c
where p.pronamespace::regnamespace::text like 'erp%' and (p.prorettype <> 'trigger'::regtype or t.oid is not null)
order by 1
