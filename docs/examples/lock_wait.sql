-- Who waits for whom at this moment: here nobody does.
select waiting_pid, waits_for, waiting_time, blocking_pid, blocking_state
from erp_api.lock_wait;
