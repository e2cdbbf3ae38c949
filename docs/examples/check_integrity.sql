-- Whether the tables agree with each other: no row means that they do.
select code, severity, finding_count, message
from erp_api.check_integrity(1);
