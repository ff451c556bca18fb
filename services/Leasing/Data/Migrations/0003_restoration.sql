-- Capacity that is being taken back for a notice that is about to be withdrawn: noted before Inventory is asked, and
-- gone with the withdrawal's commit. From settle_time on, by the system clock, the sweep settles what is left of it.
create table restoration (
    restoration_id uuid        primary key,
    lease_id       uuid        not null references lease,
    notice_id      uuid        not null references notice,
    end_date       date        not null,
    is_given_up    boolean     not null default false,
    settle_time    timestamptz not null,
    constraint restoration_one_per_lease unique (lease_id)
);
create index restoration_to_settle on restoration (settle_time);

grant select, insert, delete on restoration to ${app_role};
grant update (is_given_up, settle_time) on restoration to ${app_role};
