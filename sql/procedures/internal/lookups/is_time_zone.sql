-- Tells whether a text is an IANA name of a time zone that the server knows, as it is written there; null of null.
-- Names that are abbreviations too (CET) are none but for Greenwich's: PostgreSQL reads them as such, without a summer.
-- Nor are those of its files that are no zones.
create or replace function erp_internal.is_time_zone(p_name text)
returns boolean
language sql
stable
strict
begin atomic
    select
        p_name <> all(array['localtime', 'posixrules', 'Factory'])
        and (
            p_name = any(array['UTC', 'GMT'])
            or pg_catalog.upper(p_name) <> all(select a.abbrev from pg_catalog.pg_timezone_abbrevs as a)
        )
        and p_name = any(select z.name from pg_catalog.pg_timezone_names as z);
end;
