-- Makes what a proxy database holds of its own: which shards there are, and which company lies where. Run as erp_owner.
create schema erp_cluster;
comment on schema erp_cluster is 'rilascio: the directory of a cluster, and the way of a call to its shard.';
create schema erp_data;
comment on schema erp_data is 'rilascio: the views of the shards, data as it is put.';
create schema erp_api;
comment on schema erp_api is 'rilascio: the functions and views of the shards; each call runs at the shard of its company.';

create table erp_cluster.shard (
    shard_name text collate "C" not null,
    connection text not null,
    connection_version integer not null default 1,
    company_range integer not null,
    constraint shard_pkey primary key (shard_name),
    constraint shard_name_plain check (shard_name ~ '^[a-z][a-z0-9_]{0,30}$'),
    constraint shard_company_range_key unique (company_range),
    constraint shard_company_range_positive check (company_range >= 0)
);
comment on table erp_cluster.shard is 'A database that holds companies.';
comment on column erp_cluster.shard.shard_name is 'Its name.';
comment on column erp_cluster.shard.connection is 'How it is reached, without user and password: key=value pairs.';
comment on column erp_cluster.shard.connection_version is 'To be raised whenever the connection is changed, so that sessions that are open take the new one.';
comment on column erp_cluster.shard.company_range is 'New companies there are numbered from 1000 times this number.';

create table erp_cluster.company (
    company_id integer not null,
    shard_name text collate "C" not null,
    constraint company_pkey primary key (company_id),
    constraint company_shard_fkey foreign key (shard_name) references erp_cluster.shard (shard_name)
);
comment on table erp_cluster.company is 'The directory: at which shard a company lies.';
comment on column erp_cluster.company.company_id is 'The company.';
comment on column erp_cluster.company.shard_name is 'Its shard.';

-- Returns the shards, for what is asked of all of them.
create function erp_cluster.shard_names()
returns setof text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select s.shard_name from erp_cluster.shard as s
    order by s.shard_name;
end;

-- Returns the shard that it is given: PL/Proxy takes the name of what it calls from nothing but a function.
create function erp_cluster.named_shard(p_shard_name text)
returns text
language sql
immutable
return p_shard_name;

-- Raises the error of a shard as the shard raised it, without what PL/Proxy writes around it. Errors: that of the
-- shard; 08006 where the shard does not answer, or does not let the role in.
create function erp_cluster.raise_shard_error(
    p_shard_name text, p_sqlstate text, p_message text, p_detail text, p_hint text
)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_message text := regexp_replace(p_message, '^\S+ \[[^]]*\] REMOTE [A-Z]+: ', '');
    v_hint text := regexp_replace(p_hint, '^Remote hint: ', '');
begin
    if p_message ~ '^PL/Proxy function \S+ \[' then
        raise exception using
            errcode = '08006',
            message = format('Shard %s cannot be reached by role %s: %s', p_shard_name, current_user,
                regexp_replace(btrim(p_message), '^PL/Proxy function \S+ \[[^]]*\] ', '')),
            hint = 'A call that was cut off is safely repeated with its request key. Other shards are not concerned.';
    end if;
    -- what is not said is left out, or clients show an empty line
    if p_hint = '' then
        raise exception using errcode = p_sqlstate, message = v_message;
    elsif p_detail = '' then
        raise exception using errcode = p_sqlstate, message = v_message, hint = v_hint;
    end if;
    raise exception using
        errcode = p_sqlstate,
        message = v_message,
        detail = regexp_replace(p_detail, '^Remote detail: ', ''),
        hint = v_hint;
end;
$$;

create schema erp_shard;
comment on schema erp_shard is 'rilascio: functions as PL/Proxy sends them to a shard that is named, and views as one shard has them.';

-- What PL/Proxy asks of a shard. It adds the user itself: the role that calls, which nothing here can change. Foreign
-- servers and user mappings would not do, since whoever may use a server may map itself to another user there.
create schema plproxy;
comment on schema plproxy is 'What PL/Proxy asks: how a shard is reached.';

create function plproxy.get_cluster_version(cluster_name text)
returns integer
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_version integer := (select s.connection_version from erp_cluster.shard as s where s.shard_name = cluster_name);
begin
    if v_version is null then
        raise exception using errcode = '22023', message = format('There is no shard %s.', cluster_name);
    end if;
    return v_version;
end;
$$;

create function plproxy.get_cluster_partitions(cluster_name text)
returns setof text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select s.connection from erp_cluster.shard as s
    where s.shard_name = cluster_name;
end;

create function plproxy.get_cluster_config(cluster_name text, out key text, out val text)
returns setof record
language sql
stable
begin atomic
    select
        'connection_lifetime' as key,
        '1800' as val;
end;
