-- Changes of a shard follow one another closer than one commit takes: the next is sent before the last is durable, and
-- must come to nothing if that one does. So each change has a token of its own, and names the token that it stands on;
-- an epoch may be reached by another writer's change too.
alter table shard add column fencing_token uuid not null default gen_random_uuid();
grant update (fencing_token) on shard to ${app_role};

-- The key of the lock that the change that has the token takes before anything else, and holds until its end.
create function fencing_token_lock(token uuid) returns bigint
language sql immutable as $$ select hashtextextended(token::text, 0) $$;

drop function advance_shard(uuid, bigint, boolean);
create function advance_shard(provider uuid, expected_token uuid, token uuid, makes_reservations boolean) returns void
language plpgsql as $$
begin
    -- The change that this one stands on may not have come to its fence yet.
    perform pg_advisory_xact_lock_shared(fencing_token_lock(expected_token));
    update shard set epoch = epoch + 1, fencing_token = token,
        reserve_epoch = case when makes_reservations then epoch + 1 else reserve_epoch end
    where provider_organisation_id = provider and fencing_token = expected_token;
    if not found then
        raise exception 'the shard of % has changed since %', provider, expected_token using errcode = 'MK001';
    end if;
end
$$;

-- Checked, it locks the row of the pool for every step, which is what all changes of a pool have in common. Pools are
-- never deleted, and the writer knows the pool.
alter table reservation_step drop constraint reservation_step_pool_id_fkey;
