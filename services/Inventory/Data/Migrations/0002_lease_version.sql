-- Calls of Leasing run ahead of the lease's events, so an end is kept with the version of the lease that has it. It
-- takes the place of a single restored end, which could not tell two withdrawals from one.
alter table reservation add lease_version bigint not null default 0;
alter table reservation drop restored_end_date;
grant update (lease_version) on reservation to ${app_role};
