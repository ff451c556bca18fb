-- What watchers were told is kept for a while; who was away for longer begins with a snapshot.
alter table inventory_change add column create_time timestamptz not null default now();
grant delete on inventory_change to ${app_role};
