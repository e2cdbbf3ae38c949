-- What the tables should be like, as deployments wrote it down (rilascio.deployment.tables).
create table if not exists erp_meta.expected_object (
    identity text not null,
    definition text not null,
    constraint expected_object_pkey primary key (identity)
);
comment on table erp_meta.expected_object is
'What deployments made of tables, columns, constraints, indexes, sequences, types, each in the words of SQL.';
