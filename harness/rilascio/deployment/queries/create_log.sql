-- The schema in which deployments keep what they did.
create schema erp_meta;
comment on schema erp_meta is 'The harness''s memory: migrations and deployments.';

create table erp_meta.migration (
    migration_id text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    applied_by text not null default session_user,
    constraint migration_pkey primary key (migration_id)
);
comment on table erp_meta.migration is
'The applied migrations with the SHA-256 of their content, written in the migration''s own transaction.';

create table erp_meta.deployment (
    deployment_id bigint generated always as identity,
    deployed_at timestamptz not null default now(),
    deployed_by text not null default session_user,
    kind text not null,
    release text not null,
    server_version integer not null default current_setting('server_version_num')::integer / 10000,
    migrations text[] not null,
    sources jsonb not null,
    source_checksum text not null,
    catalog jsonb not null,
    catalog_checksum text not null,
    constraint deployment_pkey primary key (deployment_id),
    constraint deployment_kind_known check (kind in ('deploy', 'revert'))
);
comment on table erp_meta.deployment is
'The deployments: who, when, which release, the checksum of each source and of each object that came of them.';

create table erp_meta.expected_object (
    identity text not null,
    definition text not null,
    constraint expected_object_pkey primary key (identity)
);
comment on table erp_meta.expected_object is
'What deployments made of tables, columns, constraints, indexes, sequences, types, each in the words of SQL.';

create table erp_meta.source (
    checksum text not null,
    text text not null,
    constraint source_pkey primary key (checksum)
);
comment on table erp_meta.source is
'The texts of the sources that were deployed, by the SHA-256 of their content: what is planned is compared with them.';
