-- The time zone of a company is one that the server knows by its IANA name (R18). A trigger, since a constraint could
-- not look it up.

create or replace function erp_internal.check_time_zone()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    if not erp_internal.is_time_zone(new.time_zone) then
        raise exception using
            errcode = '22023',
            message = format('The server knows no time zone %L.', new.time_zone),
            hint = 'Take the IANA name of a place, such as Europe/Rome (pg_timezone_names has them), or UTC.',
            schema = 'erp',
            table = 'production_parameter',
            column = 'time_zone';
    end if;
    return new;
end;
$$;

create or replace trigger production_parameter_time_zone_known
before insert or update of time_zone on erp.production_parameter
for each row when (new.time_zone is not null) execute function erp_internal.check_time_zone();
