-- The partitions of months that are past, those whose rows name others first: with the partition that their rows name,
-- and the statement that drops one unless it holds something by then.
select
    p.relname as name,
    (
        select r.relname
        from pg_constraint as o
        inner join pg_class as r on r.oid = o.confrelid and r.relispartition
        where o.conrelid = p.oid and o.contype = 'f' and o.conparentid = 0
    ) as named,
    format(
        $block$do $$
begin
    if exists (select from erp.%%1$I) then
        raise exception 'erp.%%1$I holds something meanwhile.' using hint = 'Run rilascio partition again.';
    end if;
    drop table erp.%%1$I;
end;
$$$block$, p.relname
    ) as statement
from unnest(%(tables)s::text[]) with ordinality as t (name, place)
inner join pg_class as c on c.relnamespace = 'erp'::regnamespace and c.relname = t.name and c.relkind = 'p'
inner join pg_inherits as i on i.inhparent = c.oid
inner join pg_class as p on p.oid = i.inhrelid and p.relname ~ ('^' || c.relname || '_[0-9]{4}_[0-9]{2}$')
where p.relname < c.relname || to_char(current_date, '"_"YYYY"_"MM')
order by t.place desc, p.relname asc
