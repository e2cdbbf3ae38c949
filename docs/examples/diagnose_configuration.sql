-- What will keep releases from working, before anyone asks for one.
select code, severity, finding_count, message
from erp_api.diagnose_configuration(1, p_record_date => '2026-11-23');
