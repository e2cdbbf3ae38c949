-- The parameters of the companies.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.company as
select
    t.company_id,
    c.company_code,
    c.description,
    t.wip_management,
    t.split_on_shortage,
    t.transfer_manual_to_wip,
    t.allow_negative_stock,
    t.over_production_percent,
    t.note_required,
    t.notify_runs,
    t.time_zone,
    t.period_start,
    t.period_end
from erp.production_parameter as t
inner join (select * from erp.company offset 0) as c on c.company_id = t.company_id;

comment on view erp_data.company is 'The parameters of the companies, in the columns of company.csv.';
comment on column erp_data.company.company_id is 'The company.';
comment on column erp_data.company.company_code is 'Code of the company, unique in the database.';
comment on column erp_data.company.description is 'Name of the company.';
comment on column erp_data.company.wip_management is 'Materials are issued from the wip section of the warehouse rules (R11).';
comment on column erp_data.company.split_on_shortage is 'An order that stock does not cover is split rather than refused, unless the call says otherwise (R23).';
comment on column erp_data.company.transfer_manual_to_wip is 'Under WIP management, release transfers manual materials to the wip warehouse (R9).';
comment on column erp_data.company.allow_negative_stock is 'Stock may go below zero where the warehouse allows it too (R15).';
comment on column erp_data.company.over_production_percent is 'Percent of the order quantity that declarations may exceed it by.';
comment on column erp_data.company.note_required is 'Restore and rollback are refused without a note.';
comment on column erp_data.company.notify_runs is 'Each run that the feed will show wakes those who listen to the channel erp_runs, when it commits.';
comment on column erp_data.company.time_zone is 'IANA name of the time zone that says what today is (R18), such as Europe/Rome; null: the session''s.';
comment on column erp_data.company.period_start is 'First record date of the open period (R18).';
comment on column erp_data.company.period_end is 'Last record date of the open period (R18).';
