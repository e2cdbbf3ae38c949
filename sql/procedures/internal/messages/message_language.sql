-- The language of sentences (R63): that of erp.language where the catalogs speak it, else English. The one place that
-- chooses, whatever else the catalogs hold.
create or replace function erp_internal.message_language()
returns text
language sql
stable
parallel safe
return case pg_catalog.current_setting('erp.language', true) when 'it' then 'it' else 'en' end;
