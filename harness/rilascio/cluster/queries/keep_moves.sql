-- Lets a proxy know which companies are on their way from one shard to another, and find the shard of a company that is
-- not. Run as erp_owner, by whatever works on a proxy, so that one that an earlier release made follows.
create table if not exists erp_cluster.company_move (
    company_id integer not null,
    source_name text collate "C" not null,
    target_name text collate "C" not null,
    step text not null default 'copying',
    started_at timestamptz not null default now(),
    digests jsonb,
    constraint company_move_pkey primary key (company_id),
    constraint company_move_company_fkey foreign key (company_id) references erp_cluster.company (company_id),
    constraint company_move_source_fkey foreign key (source_name) references erp_cluster.shard (shard_name),
    constraint company_move_target_fkey foreign key (target_name) references erp_cluster.shard (shard_name),
    constraint company_move_elsewhere check (source_name <> target_name),
    constraint company_move_step_known check (step in ('copying', 'switching', 'moved'))
);
comment on table erp_cluster.company_move is 'A company of which two shards have rows: it is on its way, or has moved and left a copy.';
comment on column erp_cluster.company_move.company_id is 'The company.';
comment on column erp_cluster.company_move.source_name is 'The shard that it leaves.';
comment on column erp_cluster.company_move.target_name is 'The shard to which it goes.';
comment on column erp_cluster.company_move.step is 'copying: it is in force at the source; switching: at one or the other, and no call is sent; moved: at the target.';
comment on column erp_cluster.company_move.started_at is 'When the move began.';
comment on column erp_cluster.company_move.digests is 'By table, how many rows the source had when it closed the company, and their digest.';

-- Returns the shard of a company. A company that no shard has gets the answer that a shard gives of a foreign one.
-- Volatile, so that each call sees where the company is now, whatever its statement saw when it began.
-- Locks: the company, shared, until the transaction ends; whoever moves it has it alone, and is not waited for.
-- Errors: 40001 while the company is switched from one shard to another, PR004.
create or replace function erp_cluster.shard_of(p_company_id integer)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_free constant boolean := pg_try_advisory_xact_lock_shared('erp_cluster.company'::regclass::integer, p_company_id);
    v_shard_name text;
    v_switching boolean;
begin
    select
        c.shard_name,
        exists (select from erp_cluster.company_move as m where m.company_id = c.company_id and m.step = 'switching')
    into v_shard_name, v_switching
    from erp_cluster.company as c
    where c.company_id = p_company_id;
    if v_shard_name is null then
        raise exception using
            errcode = 'PR004',
            message = format('Company %s is unknown, or role %s is not a member of it.',
                coalesce(p_company_id::text, 'null'), coalesce(nullif(current_setting('role'), 'none'), session_user)),
            hint = 'A company that was made a moment ago is known after rilascio cluster refresh.';
    elsif v_switching or not v_free then
        raise exception using
            errcode = '40001',
            message = format('Company %s is just being moved to another shard.', p_company_id),
            hint = 'Send the call again in a moment: nothing of it was done.';
    end if;
    return v_shard_name;
end;
$$;
