-- Draws from a sequence until it has come as far as another: one by one, so that whoever draws meanwhile never gets
-- what was drawn before. To set it would take it back behind what others draw in the same moment.
select count(nextval(%(name)s::regclass))
from generate_series(coalesce(pg_sequence_last_value(%(name)s::regclass), 0) + 1, %(last_value)s::bigint)
