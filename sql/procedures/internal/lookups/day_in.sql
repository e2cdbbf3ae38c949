-- Returns the day that a moment is in a time zone, or without one in that of the session.
create or replace function erp_internal.day_in(p_moment timestamptz, p_time_zone text)
returns date
language sql
stable
parallel safe
return coalesce((p_moment at time zone p_time_zone)::date, p_moment::date);
