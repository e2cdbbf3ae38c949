-- Old history leaves the tables: who keeps what is handed out commits, and calls again until no row comes.
select place, run_id, kind, part, content -> 'run' ->> 'caller_role' as caller_role
from erp_api.archive_history(1, p_before => now() - interval '2 years', p_limit => 100);
