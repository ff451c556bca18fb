-- When the billing schedule of a lease was built, by the market clock: a lease that has it is SCHEDULED until it
-- begins.
alter table lease add schedule_time timestamptz;
grant update (schedule_time) on lease to ${app_role};
