-- The events of an aggregate are applied in order, so the last version says which have been.
delete from inbox older using inbox newer
where newer.consumer = older.consumer and newer.aggregate_id = older.aggregate_id
    and newer.aggregate_version > older.aggregate_version;
alter table inbox drop constraint inbox_pkey;
alter table inbox add primary key (consumer, aggregate_id);
alter table inbox drop column message_name;
grant update (aggregate_version, consume_time) on inbox to ${app_role};

-- Work that could not be done waits, parked, until it is replayed.
alter table due_work add column park_time timestamptz;
drop index due_work_open;
create index due_work_open on due_work (due_time, due_work_id) where run_time is null and park_time is null;
grant update (park_time) on due_work to ${app_role};

-- Events that the broker has had are kept for a while, and then only counted.
alter table outbox add column create_time timestamptz not null default now();
create table pruned_events (
    stream      text   primary key,
    total_count bigint not null
);
grant delete on outbox to ${app_role};
grant select, insert, update on pruned_events to ${app_role};
