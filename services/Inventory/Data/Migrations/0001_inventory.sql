-- Sites, pools with their books, listings, reservations and the changes that watchers follow.

create table site (
    site_id         uuid        primary key,
    organisation_id uuid        not null,
    display_name    text        not null,
    description     text        not null,
    region          text        not null,
    time_zone       text        not null,
    create_time     timestamptz not null
);
create index site_by_organisation on site (organisation_id, site_id);

-- Whoever changes a pool's book, or one of its listings, holds the pool's row; several rows are locked in the order of
-- their ids.
create table pool (
    pool_id             uuid        primary key,
    site_id             uuid        not null references site,
    organisation_id     uuid        not null,
    display_name        text        not null,
    service_level       int         not null,
    accelerator_model   text        not null,
    accelerator_count   int         not null,
    nameplate_kw        int         not null,
    calendar_start_date date        not null,
    calendar_end_date   date        not null,
    version             bigint      not null,
    create_time         timestamptz not null,
    update_time         timestamptz not null
);
create index pool_by_organisation on pool (organisation_id, pool_id);
create index pool_by_site on pool (site_id);

-- Commissioned capacity and the provider's floor over time: each step holds until the next.
create table pool_curve_step (
    pool_id    uuid not null references pool,
    curve      text not null check (curve in ('CAPACITY', 'FLOOR')),
    start_date date not null,
    power_kw   int  not null check (power_kw >= 0),
    primary key (pool_id, curve, start_date)
);

-- What is free, one array element for each day of the month; days outside the calendar hold 0. The check is the second
-- guard against selling a kW twice: no decision, however wrong, can commit below zero.
create table pool_month (
    pool_id uuid  not null references pool,
    month   date  not null check (extract(day from month) = 1),
    free_kw int[] not null,
    primary key (pool_id, month),
    constraint pool_month_not_oversold check (0 <= all (free_kw))
);

create table listing (
    listing_id   uuid        primary key,
    pool_id      uuid        not null references pool,
    state        text        not null
                 check (state in ('DRAFT', 'PUBLISHED', 'SUSPENDED', 'EXHAUSTED', 'EXPIRED', 'WITHDRAWN')),
    offer        bytea       not null,
    version      bigint      not null,
    create_time  timestamptz not null,
    update_time  timestamptz not null,
    publish_time timestamptz,
    expire_time  timestamptz not null
);
create index listing_by_pool on listing (pool_id, listing_id);

-- The capacity that a lease holds: its steps up to the end date. The steps never change; truncating and restoring move
-- the end.
create table reservation (
    reservation_id           uuid        primary key,
    lease_id                 uuid        not null,
    provider_organisation_id uuid        not null,
    buyer_organisation_id    uuid        not null,
    listing_id               uuid,
    state                    text        not null check (state in ('RESERVED', 'RELEASED')),
    is_given_back            boolean     not null default false,
    start_date               date        not null,
    end_date                 date        not null,
    original_end_date        date        not null,
    restored_end_date        date,
    content_hash             bytea       not null,
    version                  bigint      not null,
    create_time              timestamptz not null,
    update_time              timestamptz not null,
    constraint reservation_one_per_lease unique (lease_id),
    check (start_date <= end_date and end_date <= original_end_date),
    check ((state = 'RELEASED') = (start_date = end_date))
);
create index reservation_by_provider on reservation (provider_organisation_id, reservation_id);

create table reservation_step (
    reservation_id uuid not null references reservation,
    tranche_index  int  not null,
    tranche_id     text not null,
    pool_id        uuid not null references pool,
    start_date     date not null,
    end_date       date not null,
    reserved_kw    int  not null check (reserved_kw >= 0),
    primary key (reservation_id, tranche_index, start_date),
    check (start_date < end_date)
);
create index reservation_step_by_pool on reservation_step (pool_id, reservation_id);

-- What watchers are told, in the order of the commits: the counter's row is held until the transaction ends, so no
-- reader sees a gap.
create table inventory_change (
    sequence   bigint primary key,
    kind       text   not null check (kind in ('LISTING', 'POOL')),
    subject_id uuid   not null
);
create table inventory_sequence (
    is_only       boolean primary key default true check (is_only),
    last_sequence bigint  not null
);
insert into inventory_sequence (last_sequence) values (0);

grant select, insert on site, pool, pool_curve_step, pool_month, listing, reservation, reservation_step,
    inventory_change to ${app_role};
grant update (version, update_time) on pool to ${app_role};
grant delete on pool_curve_step to ${app_role};
grant update (free_kw) on pool_month to ${app_role};
grant update (state, offer, version, update_time, publish_time, expire_time) on listing to ${app_role};
grant update (state, is_given_back, end_date, restored_end_date, version, update_time) on reservation to ${app_role};
grant select on inventory_sequence to ${app_role};
grant update (last_sequence) on inventory_sequence to ${app_role};
