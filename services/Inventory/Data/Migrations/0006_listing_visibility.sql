-- Whom a listing is for, as its offer says it too: here lists are cut to what a caller may see.
alter table listing
    add column visibility text not null default 'PUBLIC' check (visibility in ('PUBLIC', 'NAMED', 'BLIND')),
    add column named_buyer_organisation_ids uuid[] not null default '{}',
    add column excluded_organisation_ids uuid[] not null default '{}';
grant update (visibility, named_buyer_organisation_ids, excluded_organisation_ids) on listing to ${app_role};

-- Who has opened a negotiation on a blind listing, and so knows whose it is.
create table listing_disclosure (
    listing_id      uuid not null references listing,
    organisation_id uuid not null,
    primary key (listing_id, organisation_id)
);
grant select, insert on listing_disclosure to ${app_role};
