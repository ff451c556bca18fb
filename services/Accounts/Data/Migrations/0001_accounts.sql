-- Participants, their keys, and the advances of the market clock. The clock itself is this service's clock_window.

create table organisation (
    organisation_id uuid        primary key,
    display_name    text        not null,
    -- Numbers of marketplace.options.v1.Role.
    roles           int[]       not null check (cardinality(roles) > 0),
    create_time     timestamptz not null
);

create table api_key (
    api_key_id              uuid        primary key,
    organisation_id         uuid        not null references organisation,
    display_name            text        not null,
    -- Numbers of marketplace.options.v1.Scope.
    scopes                  int[]       not null check (cardinality(scopes) > 0),
    secret_sha256           bytea       not null check (octet_length(secret_sha256) = 32),
    creator_organisation_id uuid        not null references organisation,
    create_time             timestamptz not null,
    expire_time             timestamptz not null,
    revoke_time             timestamptz,
    predecessor_api_key_id  uuid        references api_key,
    constraint api_key_secret_is_unique unique (secret_sha256),
    constraint api_key_has_one_successor unique (predecessor_api_key_id)
);
create index api_key_of_organisation on api_key (organisation_id, api_key_id);

create table clock_advance (
    clock_advance_id       uuid        primary key,
    state                  text        not null check (state in ('RUNNING', 'STOPPED', 'SUCCEEDED')),
    start_market_time      timestamptz not null,
    target_market_time     timestamptz not null,
    -- Where all clocks are, or are being moved to: written before the first of them moves.
    market_time            timestamptz not null,
    work_run_count         bigint      not null,
    stop_service_name      text,
    stop_parked_message_id uuid,
    stop_message_name      text,
    stop_parked_count      int,
    create_time            timestamptz not null,
    update_time            timestamptz not null,
    check (market_time between start_market_time and target_market_time),
    check ((state = 'STOPPED') = (stop_parked_message_id is not null))
);
-- At most one advance is under way.
create unique index clock_advance_unfinished on clock_advance ((true)) where state in ('RUNNING', 'STOPPED');

grant select, insert on organisation, api_key, clock_advance to ${app_role};
grant update (expire_time, revoke_time) on api_key to ${app_role};
grant update (state, market_time, work_run_count, stop_service_name, stop_parked_message_id, stop_message_name,
    stop_parked_count, update_time) on clock_advance to ${app_role};
