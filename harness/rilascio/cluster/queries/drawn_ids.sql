-- Up to where each sequence of a shard has been drawn. Companies are numbered by each shard in a range of its own.
select
    s.seqrelid::regclass::text as name,
    pg_sequence_last_value(s.seqrelid) as last_value
from pg_sequence as s
inner join pg_class as c on c.oid = s.seqrelid
where
    c.relnamespace = 'erp'::regnamespace
    and c.oid <> pg_get_serial_sequence('erp.company', 'company_id')::regclass
    and pg_sequence_last_value(s.seqrelid) is not null
order by s.seqrelid::regclass::text
