-- The history of runs: who did what, with which outcomes.
select outcome from erp_api.release_production_orders(1, array[26], p_record_date => '2026-11-23');

select outcome from erp_api.restore_production_orders(1, array[26], p_note => 'released too early');

select kind, application_name, arguments, note, released_count, restored_count, refused_count
from erp_api.run_history
where kind <> 'load'
order by run_id;
