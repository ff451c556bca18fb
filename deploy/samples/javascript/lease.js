// Leases 12.5 MW for three months in a sandbox, from listing to last invoice, with the proto files alone.
//
// MARKETPLACE_ACCOUNTS, _INVENTORY, _LEASING and _BILLING say where the services are, MARKETPLACE_OPERATOR_KEY_FILE
// where the operator's key is; by default they are those of './market up'.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const protos = path.join(__dirname, '../../../protos');
const definitions = loader.loadSync(
  [
    'marketplace/accounts/v1/accounts.proto', 'marketplace/inventory/v1/inventory.proto',
    'marketplace/leasing/v1/leasing.proto', 'marketplace/billing/v1/billing.proto',
    'google/rpc/status.proto', 'google/rpc/error_details.proto',
  ],
  { includeDirs: [protos], keepCase: true, longs: String, enums: String, defaults: true });
const { accounts, inventory, leasing, billing } = grpc.loadPackageDefinition(definitions).marketplace;

// What the market answers with UNAVAILABLE or ABORTED is worth another attempt; the request keeps its id.
const serviceConfig = JSON.stringify({
  methodConfig: [{
    name: [{}],
    retryPolicy: {
      maxAttempts: 5, initialBackoff: '0.25s', maxBackoff: '2s', backoffMultiplier: 2,
      retryableStatusCodes: ['UNAVAILABLE', 'ABORTED'],
    },
  }],
});
const deadlineSeconds = 30;
const patienceSeconds = 60;

/** The services as one organisation sees them, with its key: market.leasing('GetLease', {...}). */
function market(key) {
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${key}`);
  const deadline = () => new Date(Date.now() + deadlineSeconds * 1000);
  const connect = (Client, name, port) => {
    const address = (process.env[`MARKETPLACE_${name}`] ?? `http://127.0.0.1:${port}`).replace(/^http:\/\/|\/$/g, '');
    const client = new Client(address, grpc.credentials.createInsecure(), { 'grpc.service_config': serviceConfig });
    return (rpc, request) => (Client.service[rpc].responseStream
      ? client[rpc](request, metadata, { deadline: deadline() })
      : new Promise((resolve, reject) => client[rpc](
        request, metadata, { deadline: deadline() }, (error, answer) => (error ? reject(error) : resolve(answer)))));
  };
  return {
    accounts: connect(accounts.v1.AccountsService, 'ACCOUNTS', 7001),
    inventory: connect(inventory.v1.InventoryService, 'INVENTORY', 7002),
    leasing: connect(leasing.v1.LeasingService, 'LEASING', 7003),
    billing: connect(billing.v1.BillingService, 'BILLING', 7004),
  };
}

/** Names an intended effect once; with the same id a call can be repeated and has one effect. */
const effect = () => ({ request_id: crypto.randomUUID() });

/** Registers an organisation with a key of its own; the secret is made here, and only its hash is sent. */
async function register(operator, name, role) {
  const organisation = await operator.accounts(
    'CreateOrganisation', { ...effect(), display_name: name, roles: [role] });
  const secret = crypto.randomBytes(32);
  const key = await operator.accounts('CreateApiKey', {
    ...effect(),
    organisation_id: organisation.organisation_id,
    display_name: 'lease.js',
    secret_sha256: crypto.createHash('sha256').update(secret).digest(),
    scopes: [
      'SCOPE_INVENTORY_READ', 'SCOPE_INVENTORY_WRITE', 'SCOPE_LEASING_READ', 'SCOPE_LEASING_WRITE',
      'SCOPE_LEASING_SIGN', 'SCOPE_BILLING_READ',
    ],
  });
  return market(`mk_${key.api_key_id}_${secret.toString('hex')}`);
}

/** What an error says beside its status: the stable reason, and every wrong field. */
function refusal(error) {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const { details } = bytes ? definitions['google.rpc.Status'].deserialize(bytes) : { details: [] };
  const find = (type) => {
    const detail = details.find(({ type_url }) => type_url.endsWith(`/${type}`));
    return detail && definitions[type].deserialize(detail.value);
  };
  return {
    status: grpc.status[error.code],
    message: error.details,
    reason: find('google.rpc.ErrorInfo')?.reason,
    fields: find('google.rpc.BadRequest')?.field_violations ?? [],
  };
}

/** Waits for what the services do behind a call. */
async function eventually(read, isThere) {
  const end = Date.now() + patienceSeconds * 1000;
  for (;;) {
    const value = await read();
    if (isThere(value)) return value;
    if (Date.now() > end) throw new Error(`After ${patienceSeconds} s it is still ${JSON.stringify(value)}.`);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
}

const text = ({ year, month, day }) => [year, month, day].map((part) => String(part).padStart(2, '0')).join('-');
// Amounts are more than a double holds exactly, so the sums are of whole cents.
const cents = ({ units, nanos }) => BigInt(units) * 100n + BigInt(nanos / 10_000_000);
const usd = (amount) => `${amount / 100n}.${String(amount % 100n).padStart(2, '0')}`;

/** Describes a site and its capacity, and offers it; comes back when the buyer finds it. */
async function list(provider, buyer, start, end) {
  const site = await provider.inventory('CreateSite', {
    ...effect(), display_name: 'Westside', region: 'us-tn', time_zone: 'America/Chicago',
  });
  const steps = [{ start_date: start, power_kw: 12_500 }];
  const pool = await provider.inventory('CreatePool', {
    ...effect(),
    site_id: site.site_id,
    display_name: 'Hall 1',
    service_level: 'SERVICE_LEVEL_BARE_METAL',
    nameplate_kw: 12_500,
    capacity_steps: steps,
  });
  const { listing_id } = await provider.inventory('CreateListing', {
    ...effect(),
    pool_id: pool.pool_id,
    offer: {
      display_name: 'Hall 1',
      start_date: start,
      end_date: end,
      offered_steps: steps,
      minimum_lot_kw: 500,
      maximum_lot_kw: 12_500,
      lot_step_kw: 500,
      price: { basis: 'FEE_BASIS_PER_MW_MONTH', amount: { currency_code: 'USD', units: 98_765, nanos: 430_000_000 } },
      ramp_steps: [{ step_months: 2, discount: { value: '0.5' } }],
      notice_offers: [{
        party: 'TERMINATION_PARTY_EITHER',
        notice_days: 90,
        notice_basis: 'NOTICE_BASIS_CALENDAR',
        alignment: 'TERMINATION_ALIGNMENT_EXACT',
        fee: { kind: 'TERMINATION_FEE_KIND_NONE' },
      }],
      notice_receipt: { rule: 'NOTICE_RECEIPT_RULE_ANY_TIME' },
      day_count: 'DAY_COUNT_THIRTY_360',
      billing: { cycle: 'BILLING_CYCLE_CALENDAR_MONTH', timing: 'BILLING_TIMING_ADVANCE', due_days: 30 },
    },
  });
  await provider.inventory('PublishListing', { ...effect(), listing_id });
  console.log(`listed      12.5 MW from ${text(start)} until ${text(end)}`);
  const criteria = {
    capacity_steps: [{ start_date: start, end_date: end, contracted_kw: 12_500 }],
    service_level: 'SERVICE_LEVEL_BARE_METAL',
    currency_code: 'USD',
  };
  await eventually(
    () => buyer.leasing('SearchCapacity', { criteria, page_size: 100 }),
    ({ matches }) => matches.some((match) => match.listing.listing_id === listing_id));
  return { listing_id, criteria };
}

/** Asks for capacity with two mistakes, which the market names both at once. */
async function blunder(buyer, { criteria }) {
  const wrong = { ...criteria, currency_code: 'dollars', service_level: 'SERVICE_LEVEL_UNSPECIFIED' };
  try {
    await buyer.leasing('CreateCapacityRequest', { ...effect(), criteria: wrong });
  } catch (error) {
    const { status, reason, fields } = refusal(error);
    console.log(`refused     ${status} ${reason}`);
    for (const field of fields) console.log(`            ${field.field}: ${field.reason}, ${field.description}`);
    return;
  }
  throw new Error('A request in dollars was taken.');
}

/** Negotiates a quote in one counter-offer round, and signs it on both sides. */
async function agree(provider, buyer, { listing_id, criteria }) {
  const { capacity_request_id } = await buyer.leasing('CreateCapacityRequest', { ...effect(), criteria });
  const quote = await buyer.leasing('CreateQuote', { ...effect(), listing_id, capacity_request_id });
  console.log(`quoted      USD ${usd(cents(quote.total_amount))}`);

  const wanted = { ...quote.terms, title: 'Hall 1', billing: { ...quote.terms.billing, due_days: 45 } };
  const { negotiation_id, latest_version } = await buyer.leasing(
    'CreateNegotiation', { ...effect(), quote_id: quote.quote_id, terms: wanted });
  const countered = { ...wanted, billing: { ...wanted.billing, due_days: 30 } };
  const { version, changes } = await provider.leasing(
    'MakeOffer', { ...effect(), negotiation_id, base_version: latest_version, terms: countered });
  await buyer.leasing('AcceptVersion', { ...effect(), negotiation_id, version });
  for (const change of changes)
    console.log(`negotiated  ${change.field} from ${change.before_json} to ${change.after_json}`);

  // Both sign the hash of the same bytes; who wants to know what they say reads them, and hashes them.
  for (const side of [provider, buyer]) {
    const { terms_sha256 } = await side.leasing('GetTermsVersion', { negotiation_id, version });
    await side.leasing('SignVersion', { ...effect(), negotiation_id, version, terms_sha256 });
  }
  const { state, lease_id } = await eventually(
    () => buyer.leasing('GetNegotiation', { negotiation_id }),
    (negotiation) => negotiation.state !== 'NEGOTIATION_STATE_RESERVING');
  console.log(`signed      by both: ${state}`);
  return lease_id;
}

/** Moves the market clock, and follows it by a stream. */
async function advance(operator, time) {
  const { clock_advance_id } = await operator.accounts('AdvanceClock', {
    ...effect(), target_market_time: { seconds: Date.UTC(time.year, time.month - 1, time.day) / 1000 },
  });
  let last;
  for await (const known of operator.accounts('WatchClockAdvance', { clock_advance_id })) last = known;
  if (last.state !== 'CLOCK_ADVANCE_STATE_SUCCEEDED') throw new Error(`The clock is ${JSON.stringify(last)}.`);
}

async function main() {
  const file = process.env.MARKETPLACE_OPERATOR_KEY_FILE ?? 'artifacts/system/keys/operator.key';
  const operator = market(fs.readFileSync(file, 'utf8').trim());
  const provider = await register(operator, 'Westside Compute', 'ROLE_PROVIDER');
  const buyer = await register(operator, 'Model Makers', 'ROLE_BUYER');

  // Three months, from the 16th of the next month of the market clock.
  const { market_time } = await operator.accounts('GetMarketClock', {});
  const now = new Date(Number(market_time.seconds) * 1000);
  const in16th = (months) => {
    const day = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 16));
    return { year: day.getUTCFullYear(), month: day.getUTCMonth() + 1, day: 16 };
  };
  const [start, end] = [in16th(1), in16th(4)];

  const listed = await list(provider, buyer, start, end);
  await blunder(buyer, listed);
  const lease_id = await agree(provider, buyer, listed);
  await advance(operator, end);
  const { invoices } = await buyer.billing('ListInvoices', { lease_id });
  let total = 0n;
  for (const { period_start_date, period_end_date, amount } of invoices) {
    console.log(`invoiced    ${text(period_start_date)} until ${text(period_end_date)}  ${usd(cents(amount))}`);
    total += cents(amount);
  }
  console.log(`in all      USD ${usd(total)}`);
}

main().then(() => process.exit(0), (error) => {
  console.error(error.metadata ? refusal(error) : error);
  process.exit(1);
});
