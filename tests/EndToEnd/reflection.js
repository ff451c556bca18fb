// Asks Accounts for its descriptors with a public client of the reflection protocol, and calls it with nothing but
// them: writes the services with their methods, and what the market clock says, as one JSON object.
//
// MARKETPLACE_ACCOUNTS says where Accounts is, MARKETPLACE_OPERATOR_KEY_FILE where the operator's key is.
'use strict';

const fs = require('node:fs');
const grpc = require('@grpc/grpc-js');
const { GrpcReflection } = require('grpc-js-reflection-client');

async function main() {
  const address = new URL(process.env.MARKETPLACE_ACCOUNTS).host;
  const key = fs.readFileSync(process.env.MARKETPLACE_OPERATOR_KEY_FILE, 'utf8').trim();
  const reflection = new GrpcReflection(address, grpc.credentials.createInsecure(), {}, 'v1');
  const services = {};
  for (const service of await reflection.listServices())
    services[service] = (await reflection.listMethods(service)).map(({ name }) => name);

  const descriptor = await reflection.getDescriptorBySymbol('marketplace.accounts.v1.AccountsService');
  const { AccountsService } = descriptor.getPackageObject({ keepCase: true, longs: Number, enums: String })
    .marketplace.accounts.v1;
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${key}`);
  const accounts = new AccountsService(address, grpc.credentials.createInsecure());
  const clock = await new Promise((resolve, reject) => accounts.GetMarketClock(
    {}, metadata, { deadline: new Date(Date.now() + 30_000) }, (error, answer) => (error ? reject(error)
      : resolve(answer))));
  console.log(JSON.stringify({ services, clock }));
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
