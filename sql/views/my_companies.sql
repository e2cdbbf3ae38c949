-- requires: internal/lookups/company_today
-- The companies that the reader is a member of, and what its roles let it do there. What each role may is the list of
-- sql/grants.sql; a test compares.
create or replace view erp_api.my_companies as
select
    c.company_id,
    c.company_code,
    c.description,
    p.time_zone,
    erp_internal.company_today(c.company_id) as today,
    r.reader or r.releaser or r.operator or r.writer as may_read,
    r.releaser or r.operator as may_release,
    r.operator as may_restore,
    r.writer as may_write,
    r.archivist as may_archive_history,
    coalesce(f.archived_place, 0) as feed_begins_after
-- the offset keeps the index of all codes away, which would be searched before the policy is checked
from (select * from erp.company offset 0) as c
left join erp.production_parameter as p on p.company_id = c.company_id
left join erp.run_place_counter as f on f.company_id = c.company_id
cross join (
    select
        pg_catalog.pg_has_role(current_user, 'erp_reader', 'usage') as reader,
        pg_catalog.pg_has_role(current_user, 'erp_releaser', 'usage') as releaser,
        pg_catalog.pg_has_role(current_user, 'erp_operator', 'usage') as operator,
        pg_catalog.pg_has_role(current_user, 'erp_writer', 'usage') as writer,
        pg_catalog.pg_has_role(current_user, 'erp_archivist', 'usage') as archivist
) as r;

comment on view erp_api.my_companies is 'The companies that the caller is a member of, with what its roles let it do there: where a client begins. Which companies one may check, members of erp_monitor too, who are members of none, tells erp_api.list_companies.';
comment on column erp_api.my_companies.company_id is 'Id to pass to the functions, and to filter the views by.';
comment on column erp_api.my_companies.company_code is 'Code of the company.';
comment on column erp_api.my_companies.description is 'Name of the company.';
comment on column erp_api.my_companies.time_zone is 'IANA name of the time zone that says what today is (R18); null: the session''s.';
comment on column erp_api.my_companies.today is 'Today of the company (R18), the date that is taken where none is passed.';
comment on column erp_api.my_companies.may_read is 'Whether the caller may select the views, and follow the feed.';
comment on column erp_api.my_companies.may_release is 'Whether the caller may release, preview, explain, declare, register and close short.';
comment on column erp_api.my_companies.may_restore is 'Whether the caller may take back: restore, roll back, delete declarations, reopen and merge; and archive.';
comment on column erp_api.my_companies.may_write is 'Whether the caller may put what its ERP sends.';
comment on column erp_api.my_companies.may_archive_history is 'Whether the caller may hand out old runs and remove them from the history.';
comment on column erp_api.my_companies.feed_begins_after is 'The place after which the feed begins: runs up to there were archived (R80), and next_runs takes no place before it; 0 if none was.';
