-- Schedules, invoices, correction notes, payments and the ledger. Amounts are minor units of the currency; the numbers
-- of enumerations are those of the protos. ${app_role} is the role that the service runs as.

-- What Billing knows of a lease. The row is also the lock that everything about the lease is done under.
create table lease (
    lease_id                 uuid        primary key,
    provider_organisation_id uuid        not null,
    buyer_organisation_id    uuid        not null,
    terms_bytes              bytea       not null,
    terms_sha256             bytea       not null check (length(terms_sha256) = 32),
    currency_code            text        not null,
    time_zone                text        not null,
    sign_time                timestamptz not null,
    end_date                 date        not null,
    lease_version            bigint      not null,
    end_kind                 text
);
create index lease_of_provider on lease (provider_organisation_id);
create index lease_of_buyer on lease (buyer_organisation_id);

-- The billing periods of a lease up to its present end. They follow from the terms and the end, and are written anew
-- with the end.
create table scheduled_period (
    lease_id   uuid   not null references lease,
    start_date date   not null,
    end_date   date   not null,
    issue_date date   not null,
    due_date   date   not null,
    amount     bigint not null check (amount >= 0),
    primary key (lease_id, start_date)
);

create table invoice (
    invoice_id   uuid        primary key,
    lease_id     uuid        not null references lease,
    period_start date        not null,
    period_end   date        not null,
    issue_date   date        not null,
    due_date     date        not null,
    amount       bigint      not null check (amount >= 0),
    create_time  timestamptz not null,
    constraint invoice_once_per_period unique (lease_id, period_start)
);

create table invoice_line (
    invoice_id    uuid    not null references invoice,
    line_number   int     not null check (line_number > 0),
    tranche_id    text    not null,
    clause_id     text    not null,
    start_date    date    not null,
    end_date      date    not null,
    basis         int     not null,
    price         numeric not null,
    discount      numeric not null,
    day_count     int     not null,
    numerator     bigint  not null,
    denominator   bigint  not null check (denominator > 0),
    contracted_kw int     not null,
    billable_kw   int     not null,
    bundle_kw     bigint  not null,
    amount        bigint  not null,
    rounding      int     not null,
    primary key (invoice_id, line_number)
);

create table correction_note (
    correction_note_id uuid        primary key,
    kind               int         not null,
    invoice_id         uuid        not null references invoice,
    -- The version of the invoice that the note makes, in which order its notes correct it.
    invoice_version    bigint      not null,
    lease_id           uuid        not null references lease,
    issue_date         date        not null,
    amount             bigint      not null check (amount > 0),
    reason             text        not null,
    notice_id          uuid,
    occur_time         timestamptz not null,
    create_time        timestamptz not null,
    constraint correction_note_order unique (invoice_id, invoice_version)
);
create index correction_note_of_lease on correction_note (lease_id, correction_note_id);

-- A line as corrected; its facts are null where nothing is left of it.
create table correction_line (
    correction_note_id uuid   not null references correction_note,
    line_number        int    not null check (line_number > 0),
    correction_amount  bigint not null,
    tranche_id         text,
    clause_id          text,
    start_date         date,
    end_date           date,
    basis              int,
    price              numeric,
    discount           numeric,
    day_count          int,
    numerator          bigint,
    denominator        bigint,
    contracted_kw      int,
    billable_kw        int,
    bundle_kw          bigint,
    amount             bigint,
    rounding           int,
    primary key (correction_note_id, line_number)
);

create table payment (
    payment_id   uuid        primary key,
    invoice_id   uuid        not null references invoice,
    lease_id     uuid        not null references lease,
    amount       bigint      not null check (amount > 0),
    reference    text        not null,
    receive_time timestamptz not null,
    record_time  timestamptz not null,
    api_key_id   uuid        not null
);
create index payment_of_invoice on payment (invoice_id, payment_id);
create index payment_of_lease on payment (lease_id, payment_id);

-- How many events of an invoice were published.
create table invoice_version (
    invoice_id uuid   primary key references invoice,
    version    bigint not null
);

-- An invoice with what was paid and corrected since.
create view invoice_now as
select invoice.*, lease.provider_organisation_id, lease.buyer_organisation_id, lease.terms_sha256, lease.currency_code,
       paid.amount as paid_amount, noted.credited_amount, noted.debited_amount,
       invoice.amount - noted.credited_amount + noted.debited_amount - paid.amount as outstanding_amount
from invoice
join lease using (lease_id)
cross join lateral (
    select coalesce(sum(payment.amount), 0)::bigint as amount
    from payment where payment.invoice_id = invoice.invoice_id
) paid
cross join lateral (
    select coalesce(sum(note.amount) filter (where kind = 1), 0)::bigint as credited_amount,
           coalesce(sum(note.amount) filter (where kind = 2), 0)::bigint as debited_amount
    from correction_note note where note.invoice_id = invoice.invoice_id
) noted;

create table ledger_account (
    ledger_account_id uuid        primary key,
    kind              int         not null,
    organisation_id   uuid,
    currency_code     text        not null,
    create_time       timestamptz not null,
    constraint ledger_account_once unique nulls not distinct (kind, organisation_id, currency_code),
    constraint ledger_account_currency unique (ledger_account_id, currency_code)
);
create index ledger_account_of_organisation on ledger_account (organisation_id, ledger_account_id);

-- The hash chain over the committed batches of entries.
create table ledger_batch (
    sequence        bigint      primary key check (sequence > 0),
    previous_sha256 bytea       not null check (length(previous_sha256) = 32),
    batch_sha256    bytea       not null check (length(batch_sha256) = 32),
    entry_count     int         not null check (entry_count > 0),
    record_time     timestamptz not null
);

create table ledger_entry (
    ledger_entry_id uuid        primary key,
    batch_sequence  bigint      not null references ledger_batch,
    batch_position  int         not null check (batch_position >= 0),
    kind            int         not null,
    source_id       uuid        not null,
    lease_id        uuid,
    occur_time      timestamptz not null,
    constraint ledger_entry_place unique (batch_sequence, batch_position),
    constraint ledger_entry_once_per_source unique (source_id)
);
create index ledger_entry_of_lease on ledger_entry (lease_id, batch_sequence, batch_position);

-- A debit is positive and a credit negative.
create table ledger_leg (
    ledger_entry_id   uuid   not null references ledger_entry,
    leg_position      int    not null check (leg_position >= 0),
    ledger_account_id uuid   not null,
    currency_code     text   not null,
    amount            bigint not null check (amount <> 0),
    primary key (ledger_entry_id, leg_position),
    constraint ledger_leg_account foreign key (ledger_account_id, currency_code)
        references ledger_account (ledger_account_id, currency_code)
);
create index ledger_leg_of_account on ledger_leg (ledger_account_id, ledger_entry_id) include (amount);

-- The second guard of double entry, behind the service's own: no transaction commits an entry that does not sum to
-- zero.
create function require_balanced_entry() returns trigger language plpgsql as $$
begin
    if (select count(*) from ledger_leg where ledger_entry_id = new.ledger_entry_id) < 2 then
        raise exception 'Ledger entry % has less than two legs.', new.ledger_entry_id
            using errcode = 'check_violation', constraint = 'ledger_entry_balanced';
    end if;
    if exists (
        select from ledger_leg where ledger_entry_id = new.ledger_entry_id
        group by currency_code having sum(amount) <> 0
    ) then
        raise exception 'Ledger entry % does not sum to zero.', new.ledger_entry_id
            using errcode = 'check_violation', constraint = 'ledger_entry_balanced';
    end if;
    return null;
end $$;

create constraint trigger ledger_entry_balanced after insert on ledger_entry
    deferrable initially deferred for each row execute function require_balanced_entry();
create constraint trigger ledger_leg_balanced after insert on ledger_leg
    deferrable initially deferred for each row execute function require_balanced_entry();

-- What was issued, recorded or posted is only ever added to.
grant select, insert on lease, invoice, invoice_line, correction_note, correction_line, payment,
    ledger_account, ledger_batch, ledger_entry, ledger_leg, invoice_version, scheduled_period to ${app_role};
grant select on invoice_now to ${app_role};
grant update (end_date, lease_version, end_kind) on lease to ${app_role};
grant update (version) on invoice_version to ${app_role};
grant delete on scheduled_period to ${app_role};
