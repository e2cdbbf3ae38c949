-- The language of sentences (R63): that of erp.language where there is one, else English.
create or replace function erp_internal.spoken_language()
returns text
language sql
stable
parallel safe
return case pg_catalog.current_setting('erp.language', true) when 'it' then 'it' else 'en' end;
