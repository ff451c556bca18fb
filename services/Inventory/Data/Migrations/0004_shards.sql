-- A shard is the books of one provider's pools. Whoever changes them advances its epoch from the one that the change
-- was decided at, in the transaction of the change: of two that decided at the same epoch, one commits.
create table shard (
    provider_organisation_id uuid   primary key,
    epoch                    bigint not null default 0,
    -- The epoch of the last change that made a reservation.
    reserve_epoch            bigint not null default 0
) with (fillfactor = 50);
insert into shard (provider_organisation_id) select distinct organisation_id from pool;

create function advance_shard(provider uuid, expected_epoch bigint, makes_reservations boolean) returns void
language plpgsql as $$
begin
    update shard set epoch = epoch + 1,
        reserve_epoch = case when makes_reservations then epoch + 1 else reserve_epoch end
    where provider_organisation_id = provider and epoch = expected_epoch;
    if not found then
        raise exception 'the shard of % is no longer at epoch %', provider, expected_epoch using errcode = 'MK001';
    end if;
end
$$;

-- The epoch at which a pool's book, curves or listings last changed: who knows the pool since then knows it still.
alter table pool add column epoch bigint not null default 0;
create index pool_by_epoch on pool (organisation_id, epoch);

-- Books change in place, again and again; room in the page keeps their index as it is.
alter table pool set (fillfactor = 50);
alter table pool_month set (fillfactor = 50);
-- A day that is null would pass the other check.
alter table pool_month add constraint pool_month_whole check (array_position(free_kw, null) is null);

-- The processes that write books now: whose beat is fresh takes part in the division of the shards.
create table replica (
    replica_id uuid        primary key,
    address    text        not null,
    beat_time  timestamptz not null default now()
);

-- What has changed, until it has its place in the sequence that watchers follow. Rows are inserted in the transaction
-- of their effect and wait for nobody.
create table unsequenced_change (
    change_id  bigint generated always as identity primary key,
    kind       text not null check (kind in ('LISTING', 'POOL')),
    subject_id uuid not null
);

-- A hold ends by itself at its time, unless it is confirmed before.
alter table reservation add column expire_time timestamptz;
alter table reservation drop constraint reservation_state_check;
alter table reservation add constraint reservation_state_check check (state in ('HELD', 'RESERVED', 'RELEASED'));
alter table reservation add constraint reservation_hold_check check ((state = 'HELD') <= (expire_time is not null));

-- The days beyond a tranche's end for which its power stays held, until the ground is cleared for the next one.
alter table pool add column decommissioning_days int not null default 0 check (decommissioning_days >= 0);
alter table reservation_step add column margin_days int not null default 0 check (margin_days >= 0);

-- What a reservation held, margins included, until it changed: element i of the arrays is a step.
create table reservation_history (
    reservation_id uuid        not null references reservation,
    version        bigint      not null,
    until_time     timestamptz not null,
    pool_ids       uuid[]      not null,
    start_dates    date[]      not null,
    end_dates      date[]      not null,
    held_kw        int[]       not null,
    primary key (reservation_id, version)
);

-- What a curve of a pool was until it was replaced.
create table pool_curve_history (
    pool_id     uuid        not null references pool,
    curve       text        not null check (curve in ('CAPACITY', 'FLOOR')),
    until_time  timestamptz not null,
    start_dates date[]      not null,
    power_kw    int[]       not null
);
create index pool_curve_history_by_pool on pool_curve_history (pool_id, curve, until_time);

grant select, insert on shard, replica, unsequenced_change, reservation_history, pool_curve_history to ${app_role};
grant update (epoch, reserve_epoch) on shard to ${app_role};
grant update (epoch) on pool to ${app_role};
grant update (start_date, original_end_date, expire_time) on reservation to ${app_role};
grant update (decommissioning_days) on pool to ${app_role};
grant delete on reservation_step to ${app_role};
grant update (address, beat_time), delete on replica to ${app_role};
grant delete on unsequenced_change to ${app_role};
