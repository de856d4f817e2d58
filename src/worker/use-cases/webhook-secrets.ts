import { listClearEndpoints, replaceSecrets, type EndpointRow } from "../../db/webhook-endpoints.ts";
import { liveSecrets, type SigningSecret } from "../../domain/webhooks/secret.ts";
import type { Sealing } from "../sealing.ts";
import type { Services } from "../services.ts";

const ENDPOINTS_MAX = 50;
const CLEAR = "whsec_";

type Ports = Pick<Services, "db" | "sealing">;

/** A secret opens only for the endpoint that it was made for. */
export function secretOwner(endpointId: string): string {
  return `webhook_endpoint:${endpointId}`;
}

/**
 * What an endpoint's messages are signed with now. Secrets that were stored before there was a key to encrypt them with
 * are encrypted on the way.
 *
 * @returns None where they were encrypted under another key: a person has to rotate them.
 */
export async function openSecrets(
  services: Ports,
  endpoint: EndpointRow,
  nowMs: number,
): Promise<ReadonlyArray<string>> {
  if (endpoint.secrets.some(({ secret }) => isClear(secret))) await sealEndpoint(services, endpoint);
  const owner = secretOwner(endpoint.id);
  const opened = await Promise.all(
    liveSecrets(endpoint.secrets, nowMs).map(async ({ secret }) =>
      isClear(secret) ? secret : ((await services.sealing?.open(secret, owner)) ?? null),
    ),
  );
  return opened.filter((secret) => secret !== null);
}

/** Encrypts what is still stored as it is, of endpoints that nothing is sent to. Called by the cron. */
export async function sealClearSecrets(services: Ports): Promise<number> {
  if (services.sealing === null) return 0;
  const endpoints = await listClearEndpoints(services.db, ENDPOINTS_MAX);
  for (const endpoint of endpoints) await sealEndpoint(services, endpoint);
  return endpoints.length;
}

async function sealEndpoint({ db, sealing }: Ports, endpoint: EndpointRow): Promise<void> {
  if (sealing === null) return;
  await replaceSecrets(db, endpoint, await sealed(sealing, endpoint));
}

async function sealed(sealing: Sealing, { id, secrets }: EndpointRow): Promise<Array<SigningSecret>> {
  return Promise.all(
    secrets.map(async (one) =>
      isClear(one.secret) ? { ...one, secret: await sealing.seal(one.secret, secretOwner(id)) } : one,
    ),
  );
}

function isClear(secret: string): boolean {
  return secret.startsWith(CLEAR);
}
