-- How many runs of each kind would go, and how many are as old and stay: here nothing is old.
select kind, archived_count, kept_count
from erp_api.preview_archive_history(1, p_before => now() - interval '2 years');
