-- Returns whom the application names as its user (erp.actor), up to 200 characters; null if nobody. Nobody checks it.
create or replace function erp_internal.claimed_actor()
returns text
language sql
stable
return nullif(pg_catalog.left(pg_catalog.current_setting('erp.actor', true), 200), '');
