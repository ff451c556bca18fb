-- Requests, quotes, negotiations, leases and notices. States are the names of the protos without their prefix.

create table trading_status (
    is_only         boolean     primary key default true check (is_only),
    state           text        not null check (state in ('OPEN', 'HALTED')),
    organisation_id uuid        not null,
    api_key_id      uuid        not null,
    comment         text        not null,
    change_time     timestamptz not null
);

create table capacity_request (
    capacity_request_id uuid        primary key,
    organisation_id     uuid        not null,
    criteria            bytea       not null,
    standing            boolean     not null,
    comment             text        not null,
    is_withdrawn        boolean     not null default false,
    create_time         timestamptz not null,
    expire_time         timestamptz not null
);
create index capacity_request_of on capacity_request (organisation_id, capacity_request_id);
create index capacity_request_standing on capacity_request (expire_time) where standing and not is_withdrawn;

create table quote (
    quote_id                 uuid        primary key,
    capacity_request_id      uuid        references capacity_request,
    listing_id               uuid        not null,
    listing_version          bigint      not null,
    provider_organisation_id uuid        not null,
    buyer_organisation_id    uuid        not null,
    terms                    bytea       not null,
    currency_code            text        not null,
    total_minor_units        bigint      not null,
    firm_minor_units         bigint      not null,
    mw_month_amount          numeric     not null,
    is_taken                 boolean     not null default false,
    create_time              timestamptz not null,
    expire_time              timestamptz not null,
    check (provider_organisation_id <> buyer_organisation_id)
);
create index quote_of on quote (buyer_organisation_id, quote_id);
create index quote_for on quote (capacity_request_id, total_minor_units, quote_id);

create table negotiation (
    negotiation_id           uuid        primary key,
    state                    text        not null check (state in
        ('OPEN', 'AGREED', 'RESERVING', 'SIGNED', 'SHORT', 'DECLINED', 'WITHDRAWN', 'EXPIRED')),
    quote_id                 uuid        not null unique references quote,
    listing_id               uuid        not null,
    provider_organisation_id uuid        not null,
    buyer_organisation_id    uuid        not null,
    latest_version           int         not null check (latest_version between 1 and 100),
    latest_offer_party       text        not null check (latest_offer_party in ('PROVIDER', 'BUYER')),
    agreed_version           int         not null default 0,
    lease_id                 uuid        unique,
    shortfalls               bytea,
    create_time              timestamptz not null,
    update_time              timestamptz not null,
    expire_time              timestamptz not null,
    -- Before that time, by the system clock, nobody else asks Inventory: whoever asks has moved it ahead.
    next_ask_time            timestamptz,
    check (provider_organisation_id <> buyer_organisation_id)
);
create index negotiation_of_provider on negotiation (provider_organisation_id, negotiation_id);
create index negotiation_of_buyer on negotiation (buyer_organisation_id, negotiation_id);
create index negotiation_reserving on negotiation (next_ask_time) where state = 'RESERVING';

create table negotiation_change (
    negotiation_id  uuid        not null references negotiation,
    change_number   int         not null,
    from_state      text,
    to_state        text        not null,
    organisation_id uuid,
    api_key_id      uuid,
    reason          text        not null,
    comment         text        not null,
    occur_time      timestamptz not null,
    record_time     timestamptz not null,
    primary key (negotiation_id, change_number)
);

-- The bytes of a version are fixed here, once.
create table terms_version (
    negotiation_id    uuid        not null references negotiation,
    version           int         not null check (version between 1 and 100),
    party             text        not null check (party in ('PROVIDER', 'BUYER')),
    comment           text        not null,
    terms_bytes       bytea       not null,
    terms_sha256      bytea       not null check (length(terms_sha256) = 32),
    difference        bytea       not null,
    currency_code     text        not null,
    total_minor_units bigint,
    firm_minor_units  bigint,
    create_time       timestamptz not null,
    expire_time       timestamptz not null,
    primary key (negotiation_id, version)
);

create table signature (
    negotiation_id  uuid        not null,
    party           text        not null check (party in ('PROVIDER', 'BUYER')),
    organisation_id uuid        not null,
    api_key_id      uuid        not null,
    version         int         not null,
    terms_sha256    bytea       not null check (length(terms_sha256) = 32),
    sign_time       timestamptz not null,
    constraint signature_once_a_side primary key (negotiation_id, party),
    foreign key (negotiation_id, version) references terms_version
);

create table lease (
    lease_id                 uuid        primary key,
    state                    text        not null check (state in
        ('SIGNED', 'SCHEDULED', 'COMMISSIONING', 'RAMPING', 'ACTIVE', 'WINDING_DOWN', 'ENDED')),
    negotiation_id           uuid        not null unique references negotiation,
    listing_id               uuid        not null,
    provider_organisation_id uuid        not null,
    buyer_organisation_id    uuid        not null,
    title                    text        not null,
    terms_version            int         not null,
    terms_bytes              bytea       not null,
    terms_sha256             bytea       not null,
    currency_code            text        not null,
    time_zone                text        not null,
    start_date               date        not null,
    end_date                 date        not null,
    natural_end_date         date        not null,
    peak_contracted_kw       bigint      not null,
    headline_minor_units     bigint      not null,
    firm_minor_units         bigint      not null,
    end_kind                 text,
    end_party                text,
    end_notice_id            uuid,
    sign_time                timestamptz not null,
    version                  bigint      not null,
    -- How many events of the lease have been published.
    event_version            bigint      not null,
    create_time              timestamptz not null,
    update_time              timestamptz not null,
    foreign key (negotiation_id, terms_version) references terms_version,
    check (start_date <= end_date and end_date <= natural_end_date)
);
create index lease_of_provider on lease (provider_organisation_id, lease_id);
create index lease_of_buyer on lease (buyer_organisation_id, lease_id);

create table lease_change (
    lease_id        uuid        not null references lease,
    version         bigint      not null,
    from_state      text,
    to_state        text        not null,
    end_date        date        not null,
    organisation_id uuid,
    api_key_id      uuid,
    reason          text        not null,
    comment         text        not null,
    occur_time      timestamptz not null,
    record_time     timestamptz not null,
    primary key (lease_id, version)
);

create table termination_quote (
    termination_quote_id uuid        primary key,
    lease_id             uuid        not null references lease,
    party                text        not null check (party in ('PROVIDER', 'BUYER')),
    organisation_id      uuid        not null,
    -- What the caller named; empty: none.
    clause_id            text        not null,
    effect               bytea       not null,
    create_time          timestamptz not null,
    expire_time          timestamptz not null
);

-- A notice is immutable; that it is withdrawn stands beside it. A quote is used once.
create table notice (
    notice_id            uuid        primary key,
    lease_id             uuid        not null references lease,
    party                text        not null check (party in ('PROVIDER', 'BUYER')),
    termination_quote_id uuid        not null references termination_quote,
    effect               bytea       not null,
    end_date             date        not null,
    organisation_id      uuid        not null,
    api_key_id           uuid        not null,
    comment              text        not null,
    serve_time           timestamptz not null,
    constraint notice_uses_quote_once unique (termination_quote_id)
);
create index notice_of_lease on notice (lease_id, notice_id);

create table withdrawal_consent (
    notice_id       uuid        not null references notice,
    party           text        not null check (party in ('PROVIDER', 'BUYER')),
    organisation_id uuid        not null,
    api_key_id      uuid        not null,
    comment         text        not null,
    consent_time    timestamptz not null,
    primary key (notice_id, party)
);

create table withdrawal (
    notice_id     uuid        primary key references notice,
    withdraw_time timestamptz not null
);

-- What is fixed once is only ever inserted.
grant select, insert on trading_status, capacity_request, quote, negotiation, negotiation_change, terms_version,
    signature, lease, lease_change, termination_quote, notice, withdrawal_consent, withdrawal to ${app_role};
grant update (state, organisation_id, api_key_id, comment, change_time) on trading_status to ${app_role};
grant update (is_withdrawn) on capacity_request to ${app_role};
grant update (is_taken) on quote to ${app_role};
grant update (state, latest_version, latest_offer_party, agreed_version, lease_id, shortfalls, update_time, expire_time,
    next_ask_time) on negotiation to ${app_role};
grant update (state, end_date, end_kind, end_party, end_notice_id, version, event_version, update_time)
    on lease to ${app_role};
