-- Returns the language of sentences (R63): that of erp.language if the catalogs have it, else English. It is the only
-- function that chooses.
create or replace function erp_internal.message_language()
returns text
language sql
stable
parallel safe
return case pg_catalog.current_setting('erp.language', true) when 'it' then 'it' else 'en' end;
