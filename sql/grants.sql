-- The whole privilege matrix. Run last on each deployment.
revoke all on schema erp, erp_api, erp_internal from public;
revoke all on all tables in schema erp, erp_api, erp_internal from public;
revoke all on all functions in schema erp, erp_api, erp_internal from public;

grant usage on schema erp_api to erp_operator, erp_reader;
grant select on all tables in schema erp_api to erp_operator, erp_reader;
grant execute on all functions in schema erp_api to erp_operator;

-- A view checks the functions it calls against its reader. Nobody has usage of erp_internal, so they cannot be called
-- by name.
grant execute on function erp_internal.member_companies() to erp_operator, erp_reader;
grant execute on function erp_internal.order_feasibility(integer, bigint) to erp_operator, erp_reader;
grant execute on function erp_internal.order_blockers(integer, bigint, boolean) to erp_operator, erp_reader;
