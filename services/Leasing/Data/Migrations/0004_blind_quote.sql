-- Whether the quoted listing hides whose it is, until the buyer opens a negotiation on it.
alter table quote add column is_blind boolean not null default false;
create index negotiation_on on negotiation (listing_id, buyer_organisation_id);
