-- Lets ids that are drawn begin above those that are given.
select
    setval(
        pg_get_serial_sequence(c.oid::regclass::text, a.attname),
        10000,
        false
    )
from pg_class as c
inner join pg_attribute as a on a.attrelid = c.oid and a.attidentity <> ''
where c.relnamespace = 'erp'::regnamespace
