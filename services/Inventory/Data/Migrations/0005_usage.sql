-- Power facts of sites, descriptions that change, and the power that providers' own workloads draw.

alter table site
    add column grid_zone                        text    not null default '',
    add column utility                          text    not null default '',
    add column pue                              numeric check (pue between 1 and 10),
    add column redundancy                       int     not null default 0,
    add column curtailable_kw                   int     check (curtailable_kw >= 0),
    add column curtailment_notice_minutes       int     check (curtailment_notice_minutes >= 0),
    add column curtailment_maximum_annual_hours int     check (curtailment_maximum_annual_hours >= 0),
    add column site_version                     bigint  not null default 1,
    add column site_update_time                 timestamptz;
update site set site_update_time = create_time;
alter table site alter column site_update_time set not null;
create index site_by_region on site (region);

-- One row for each UTC day that has a sample: an element for each hour, null where none was sent.
create table pool_usage_day (
    pool_id  uuid  not null references pool,
    day      date  not null,
    power_kw int[] not null check (array_length(power_kw, 1) = 24 and 0 <= all (power_kw)),
    primary key (pool_id, day)
);

grant update (display_name, description, grid_zone, utility, pue, redundancy, curtailable_kw,
    curtailment_notice_minutes, curtailment_maximum_annual_hours, site_version, site_update_time)
    on site to ${app_role};
grant update (display_name, accelerator_model, accelerator_count, nameplate_kw) on pool to ${app_role};
grant select, insert on pool_usage_day to ${app_role};
grant update (power_kw) on pool_usage_day to ${app_role};
