-- What each run answered for each order, refusals too, but no unknown ids (R61), with who called and when. The run is
-- joined from the left: a query that selects none of its columns does not read it.
create or replace view erp_api.run_order_history as
select
    r.company_id,
    r.run_id,
    r.ordinal,
    r.production_order_id as order_id,
    r.order_year,
    r.order_number,
    r.order_lot,
    r.production_declaration_id as declaration_id,
    r.outcome,
    r.record_count,
    r.movement_count,
    r.other_order_id,
    r.reasons,
    u.kind,
    u.started_at,
    u.caller_role,
    u.note,
    u.actor
from erp.run_order as r
left join erp.run as u on u.company_id = r.company_id and u.run_id = r.run_id;

comment on view erp_api.run_order_history is 'What each run answered for each requested order: refusals with their reasons too, but no unknown ids (R61).';
comment on column erp_api.run_order_history.company_id is 'The company.';
comment on column erp_api.run_order_history.run_id is 'The run.';
comment on column erp_api.run_order_history.ordinal is 'Position in the call, from 1.';
comment on column erp_api.run_order_history.order_id is 'The requested order, by value; it may not exist.';
comment on column erp_api.run_order_history.order_year is 'Year of the order.';
comment on column erp_api.run_order_history.order_number is 'Number of the order.';
comment on column erp_api.run_order_history.order_lot is 'Lot of the order.';
comment on column erp_api.run_order_history.declaration_id is 'The declaration, in runs over declarations.';
comment on column erp_api.run_order_history.outcome is 'released, split, restored, declared, registered, rolled_back, deleted, created, changed, closed, reopened, archived, unchanged, merged or refused.';
comment on column erp_api.run_order_history.record_count is 'Stock records made or removed.';
comment on column erp_api.run_order_history.movement_count is 'Stock movements made or removed.';
comment on column erp_api.run_order_history.other_order_id is 'The remainder that was made or merged back, or the order that a merge put the remainder into.';
comment on column erp_api.run_order_history.reasons is 'Reasons as answered, a JSON array.';
comment on column erp_api.run_order_history.kind is 'Kind of the run: release, restore, declaration, registration, rollback, deletion, data (rows put), orders (orders put), posting (stock posted), stock_removal (documents taken back), load (a first load), close (orders closed short), reopen, archive or merge (of remainders).';
comment on column erp_api.run_order_history.started_at is 'When the run ran.';
comment on column erp_api.run_order_history.caller_role is 'The role that acted.';
comment on column erp_api.run_order_history.note is 'The caller''s note on the run.';
comment on column erp_api.run_order_history.actor is 'Whom the application named as its user (erp.actor), as claimed.';
