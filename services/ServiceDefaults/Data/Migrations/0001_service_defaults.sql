-- What every service keeps beside its own tables. ${app_role} is the role that the service runs as.

-- Answers of mutating RPCs, by the caller's request id.
create table request_log (
    organisation_id uuid        not null,
    request_id      uuid        not null,
    method          text        not null,
    content_hash    bytea       not null,
    answer          bytea,
    keep_for_ever   boolean     not null,
    create_time     timestamptz not null default now(),
    primary key (organisation_id, request_id)
);
create index request_log_expiry on request_log (create_time) where not keep_for_ever;

-- Events, in the transaction of their effect. Rows are only inserted: the relay moves a cursor over transaction ids.
create table outbox (
    id                bigint generated always as identity primary key,
    xid               xid8        not null default pg_current_xact_id(),
    message_id        uuid        not null,
    stream            text        not null,
    message_name      text        not null,
    aggregate_id      uuid        not null,
    aggregate_version bigint      not null,
    market_time       timestamptz not null,
    payload           text        not null,
    traceparent       text,
    unique (aggregate_id, aggregate_version)
);
create index outbox_by_transaction on outbox (xid, id);

create table relay_cursor (
    is_only boolean primary key default true check (is_only),
    xid     xid8 not null
);
insert into relay_cursor (xid) values ('0');

-- What each consumer has applied. The highest version of an aggregate is the one that the next event has to follow.
create table inbox (
    consumer          text        not null,
    aggregate_id      uuid        not null,
    aggregate_version bigint      not null,
    message_name      text        not null,
    consume_time      timestamptz not null default now(),
    primary key (consumer, aggregate_id, aggregate_version)
);

-- Events that came before those they follow.
create table set_aside (
    consumer          text        not null,
    aggregate_id      uuid        not null,
    aggregate_version bigint      not null,
    envelope          text        not null,
    primary key (consumer, aggregate_id, aggregate_version)
);

-- Events that could not be applied.
create table parked_message (
    parked_message_id uuid        primary key,
    consumer          text        not null,
    message_id        uuid        not null,
    message_name      text        not null,
    aggregate_id      uuid        not null,
    aggregate_version bigint      not null,
    envelope          text        not null,
    failure_reason      text      not null,
    failure_description text      not null,
    attempt_count     int         not null,
    state             text        not null check (state in ('PARKED', 'REPLAYED')),
    park_time         timestamptz not null default now(),
    replay_time       timestamptz,
    unique (consumer, message_id)
);

-- What is to be done when the market clock says so.
create table due_work (
    due_work_id uuid        primary key,
    kind        text        not null,
    unique_key  text        not null,
    due_time    timestamptz not null,
    payload     text        not null,
    traceparent text,
    run_time    timestamptz,
    unique (kind, unique_key)
);
create index due_work_open on due_work (due_time, due_work_id) where run_time is null;

-- The service's market clock and its window on it.
create table clock_window (
    is_only          boolean primary key default true check (is_only),
    is_open          boolean     not null,
    clock_advance_id uuid,
    market_time      timestamptz
);
insert into clock_window (is_open) values (false);

grant select, insert on request_log, outbox, inbox, parked_message, due_work, set_aside to ${app_role};
grant update (answer), delete on request_log to ${app_role};
grant update (state, replay_time, failure_reason, failure_description, attempt_count) on parked_message to ${app_role};
grant update (run_time) on due_work to ${app_role};
grant delete on set_aside to ${app_role};
grant select, update on relay_cursor, clock_window to ${app_role};
