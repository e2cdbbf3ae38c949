-- What each run answered for each row or stock document that it was sent, refusals too, but nothing of what was
-- unchanged (R61), with who called and when. The run is joined from the left: a query that selects none of its columns
-- does not read it.
create or replace view erp_api.run_row_history as
select
    r.company_id,
    r.run_id,
    r.ordinal,
    r.kind,
    r.place,
    r.key,
    r.outcome,
    r.record_count,
    r.movement_count,
    r.reasons,
    u.kind as run_kind,
    u.started_at,
    u.caller_role,
    u.note,
    u.actor
from erp.run_row as r
left join erp.run as u on u.company_id = r.company_id and u.run_id = r.run_id;

comment on view erp_api.run_row_history is 'What each run answered for each row or stock document that it was sent: refusals with their reasons too, but nothing of what was unchanged (R61, R74).';
comment on column erp_api.run_row_history.company_id is 'The company.';
comment on column erp_api.run_row_history.run_id is 'The run.';
comment on column erp_api.run_row_history.ordinal is 'Position in the answer of the call, from 1.';
comment on column erp_api.run_row_history.kind is 'Kind of the row in the load format (item, warehouse, …), or stock_document.';
comment on column erp_api.run_row_history.place is 'Position among the rows of its kind in the call, from 1.';
comment on column erp_api.run_row_history.key is 'The key of the row, by codes.';
comment on column erp_api.run_row_history.outcome is 'created, changed, deleted, posted, removed or refused.';
comment on column erp_api.run_row_history.record_count is 'Stock records made or removed.';
comment on column erp_api.run_row_history.movement_count is 'Stock movements made or removed.';
comment on column erp_api.run_row_history.reasons is 'Reasons as answered, a JSON array.';
comment on column erp_api.run_row_history.run_kind is 'Kind of the run: data (rows put), posting (stock posted), stock_removal (documents taken back) or load (a first load).';
comment on column erp_api.run_row_history.started_at is 'When the run ran.';
comment on column erp_api.run_row_history.caller_role is 'The role that acted.';
comment on column erp_api.run_row_history.note is 'The caller''s note on the run.';
comment on column erp_api.run_row_history.actor is 'Whom the application named as its user (erp.actor), as claimed.';
