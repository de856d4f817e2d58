import { holdChangeProblem } from "../../contract/hold-view.ts";
import type { OrderRequest, OrderView } from "../../contract/orders.ts";
import { skuSchema } from "../../contract/primitives.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { CheckoutFacts } from "../../db/checkout.ts";
import type { NewOrder } from "../../db/new-orders.ts";
import type { BuyerKey, Sku } from "../../domain/brand.ts";
import { encodeBytes } from "../../domain/ids.ts";
import { parseHoldId, type HoldKey, type HoldLine, type HoldPart } from "../../domain/inventory/hold.ts";
import type { Storing } from "../../domain/inventory/sku-port.ts";
import { linesToPay, orderIdOfHold, priceOrder, type PricedOrder } from "../../domain/orders/place.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { sha256 } from "../../domain/sha256.ts";
import type {
  Authorized,
  AuthorizeRequest,
  PaymentFailure,
  PaymentPort,
} from "../../integrations/payments/port.ts";
import type { Services } from "../services.ts";
import { newOrder, placedOrderView } from "./new-order.ts";
import { giveBack, resolveAttempt, type AttemptToUndo } from "./undo-attempt.ts";

type PlaceOrderServices = Pick<
  Services,
  "nowMs" | "db" | "answers" | "sku" | "orderDesk" | "paymentProvider" | "paymentsOnTrust"
>;

export type PlaceOrder = {
  readonly request: OrderRequest;
  readonly principal: { readonly id: string; readonly kind: "secret" | "publishable" };
  /** Whose hold it must be, where a token said who asks; null otherwise. */
  readonly owner: BuyerKey | null;
  readonly idempotency: { readonly scope: string; readonly bodyHash: string };
  readonly requestId: string;
};

/** A hold that is named in a request, and the order it can become. */
type NamedHold = {
  readonly id: string;
  readonly key: HoldKey;
  readonly home: Sku;
  readonly createdAtMs: number;
  readonly orderId: string;
};

/** How often a provider that did not answer is asked again, with the same key. */
const AUTHORIZE_TRIES = 2;

/**
 * Places an order from a hold: every part of the hold to `paying`, the payment, one write of everything to D1, every
 * part to `converted`. What fails before the write is taken back; what fails after it is finished by the outbox.
 *
 * @returns The order; its answer is already stored under the idempotency key.
 */
export async function placeOrder(
  services: PlaceOrderServices,
  command: PlaceOrder,
): Promise<Result<OrderView, Problem>> {
  const { request, principal } = command;
  if (request.discount !== undefined && principal.kind === "publishable")
    return refuse("forbidden", { detail: "A publishable key cannot give a discount." });
  const provider = services.paymentProvider(request.payment.provider);
  if (provider === null) return refuse("payment_provider_unknown", { provider: request.payment.provider });
  if (provider.isOnTrust && principal.kind === "publishable" && services.paymentsOnTrust !== "any_key")
    return refuse("forbidden", { detail: "A publishable key cannot say that an order is paid." });
  const named = parseHold(request.hold);
  if (named === null) return refuse("hold_unknown");

  const read = await services
    .sku(named.home)
    .readHold(named.key)
    .then(ok, () => err("unavailable" as const));
  if (!read.ok) return refuse("unavailable");
  const home = read.value;
  const isKnown =
    home !== null &&
    home.createdAtMs === named.createdAtMs &&
    home.home === null &&
    (command.owner === null || home.buyer === command.owner);
  if (!isKnown) return refuse("hold_unknown");
  const lines = linesToPay(home);
  if (!lines.ok) return { ok: false, error: holdChangeProblem(lines.error) };
  return placeFrom(services, command, provider, { named, home, lines: lines.value });
}

type PayableHold = {
  readonly named: NamedHold;
  readonly home: HoldPart;
  readonly lines: ReadonlyArray<HoldLine>;
};
/** A refusal together with what has to be taken back because of it; null where that is seen to already. */
type Failed = { readonly problem: Problem; readonly undo: AttemptToUndo | null };

async function placeFrom(
  services: PlaceOrderServices,
  command: PlaceOrder,
  provider: PaymentPort,
  hold: PayableHold,
): Promise<Result<OrderView, Problem>> {
  const { named, lines } = hold;
  const attempt = attemptOf(command.idempotency.scope);
  const begun = await services.orderDesk.begin({
    attempt: {
      orderId: named.orderId,
      attempt,
      home: named.home,
      holdKey: named.key,
      provider: provider.provider,
    },
    checkout: {
      skus: lines.map(({ sku }) => sku),
      shippingMethod: command.request.shipping_method,
      scope: command.idempotency.scope,
    },
  });
  if (begun.status === "overloaded") return refuse("unavailable");
  if (begun.status !== "begun") {
    const earlier = await services.answers.find(command.idempotency.scope);
    if (earlier !== null) return refuse("idempotency_key_reused");
    return refuse(begun.status === "taken" ? "hold_paying" : "idempotency_in_progress");
  }
  const undo: AttemptToUndo = {
    orderId: named.orderId,
    attempt,
    provider: provider.provider,
    paymentKey: begun.paymentKey,
    holdKey: named.key,
    skus: [],
  };
  const outcome = await payAndCommit(services, command, provider, { ...hold, undo, facts: begun.facts });
  if (outcome.ok) return outcome;
  if (outcome.error.undo !== null) await giveBack(services, outcome.error.undo);
  return err(outcome.error.problem);
}

type BegunPlacement = PayableHold & { readonly undo: AttemptToUndo; readonly facts: CheckoutFacts | null };

async function payAndCommit(
  services: PlaceOrderServices,
  command: PlaceOrder,
  provider: PaymentPort,
  begun: BegunPlacement,
): Promise<Result<OrderView, Failed>> {
  const { named, home, undo } = begun;
  const { request } = command;
  const priced = priceFrom(request, begun);
  if (!priced.ok) return err({ problem: priced.error, undo });

  // From here on the hold, and soon the payment, have to be taken back where the order is not placed.
  const skus = begun.lines.map(({ sku }) => sku);
  const taken = { ...undo, skus };
  // A payment that nobody is asked for is over before a hold could end; any other may outlive the object's memory.
  const paying = await startPayingAll(services, named, skus, provider.isOnTrust ? "soon" : "at_once");
  if (paying !== null) return err({ problem: paying, undo: taken });
  const payment = await authorize(provider, request, named.orderId, undo.paymentKey, priced.value);
  if (!payment.ok) return err({ problem: paymentProblem(payment.error), undo: taken });

  const order = newOrder({
    orderId: named.orderId,
    attempt: undo.attempt,
    request,
    home,
    priced: priced.value,
    payment: payment.value,
    actor: command.principal.id,
    requestId: command.requestId,
    idempotency: command.idempotency,
    placedAtMs: services.nowMs(),
  });
  return commit(services, command, order, taken);
}

function priceFrom(
  request: OrderRequest,
  { named, lines, facts }: BegunPlacement,
): Result<PricedOrder, Problem> {
  if (facts === null) return refuse("unavailable");
  // A repeat: for a refusal that stands, the caller gets the answer that is stored.
  if (facts.isAnswered) return refuse("idempotency_key_reused");
  if (facts.isPlaced) return refuse("hold_resolved", { hold_status: "converted", order: named.orderId });
  if (facts.shippingPrices === null)
    return refuse("shipping_method_unknown", { shipping_method: request.shipping_method });
  const { country } = request.shipping_address;
  if (facts.shippingCountries !== null && !facts.shippingCountries.includes(country))
    return refuse("shipping_method_unavailable", { shipping_method: request.shipping_method, country });
  const priced = priceOrder(
    lines,
    facts.catalogue,
    request.currency ?? null,
    discountOf(request),
    facts.shippingPrices,
  );
  return priced.ok ? priced : err(pricingProblem(priced.error));
}

async function commit(
  services: PlaceOrderServices,
  command: PlaceOrder,
  order: NewOrder,
  taken: AttemptToUndo,
): Promise<Result<OrderView, Failed>> {
  const outcome = await services.orderDesk
    .commit({ attempt: taken.attempt, order })
    .catch(() => ({ status: "unknown" as const }));
  if (outcome.status === "committed") return ok(await finish(services, order, outcome.number, taken));
  if (outcome.status === "overloaded") return err({ problem: problem("unavailable"), undo: taken });
  if (outcome.status === "refused") {
    const earlier = await services.answers.find(command.idempotency.scope).catch(() => null);
    const isReused = earlier !== null && earlier.bodyHash !== command.idempotency.bodyHash;
    return err({ problem: problem(isReused ? "idempotency_key_reused" : "unavailable"), undo: taken });
  }
  const resolved = await resolveAttempt(services, taken);
  if (resolved.status === "placed") return ok(await finish(services, order, resolved.number, taken));
  // Undone, or nobody can say yet whether the order was placed: a repeat with the same key, or the reconciler, will.
  return err({ problem: problem("unavailable"), undo: null });
}

async function finish(
  services: PlaceOrderServices,
  order: NewOrder,
  number: number,
  { orderId, holdKey, skus }: AttemptToUndo,
): Promise<OrderView> {
  // A draft's hold stays as it is until its payment is there.
  if (order.order.status === "draft") return placedOrderView(order, number);
  // What is not converted here, or was not stored yet when its object died, the consumer of `order.commit_stock` converts.
  await Promise.allSettled(skus.map((sku) => services.sku(sku).convertHold(holdKey, orderId, "soon")));
  return placedOrderView(order, number);
}

function parseHold(id: string): NamedHold | null {
  const parsed = parseHoldId(id);
  const home = skuSchema.safeParse(parsed?.home);
  if (parsed === null || !home.success) return null;
  const { key, createdAtMs } = parsed;
  return { id, key, createdAtMs, home: home.data, orderId: orderIdOfHold(createdAtMs, key) };
}

/** @returns Null where every part is `paying` now; otherwise why not. */
async function startPayingAll(
  services: PlaceOrderServices,
  { key, orderId }: NamedHold,
  skus: ReadonlyArray<Sku>,
  storing: Storing,
): Promise<Problem | null> {
  const parts = await Promise.allSettled(
    skus.map((sku) => services.sku(sku).startPaying(key, orderId, storing)),
  );
  for (const part of parts) {
    if (part.status === "fulfilled" && !part.value.ok) return holdChangeProblem(part.value.error);
  }
  return parts.some(({ status }) => status === "rejected") ? problem("unavailable") : null;
}

async function authorize(
  provider: PaymentPort,
  request: OrderRequest,
  orderId: string,
  idempotencyKey: string,
  { total, currency }: PricedOrder,
): Promise<Result<Authorized, PaymentFailure>> {
  if (total === 0) return ok({ entries: [], awaited: null });
  const { provider: _, capture, ...details } = request.payment;
  const asked: AuthorizeRequest = { orderId, amount: total, currency, capture, details, idempotencyKey };
  let failure: PaymentFailure = { code: "unavailable", reason: "not asked" };
  for (let tries = 0; tries < AUTHORIZE_TRIES; tries += 1) {
    const said = await provider
      .authorize(asked)
      .catch((): Result<never, PaymentFailure> => err({ code: "unavailable", reason: "did not answer" }));
    if (said.ok || said.error.code === "declined") return said;
    failure = said.error;
  }
  return err(failure);
}

function discountOf({ discount }: OrderRequest) {
  if (discount === undefined) return null;
  return "amount" in discount ? { amount: discount.amount } : { percentBps: discount.percent_bps };
}

/** The same for every repeat with the same key, and for nobody else. */
function attemptOf(scope: string): string {
  return encodeBytes(sha256(scope), 20);
}

function refuse(...[code, facts]: Parameters<typeof problem>): { ok: false; error: Problem } {
  return { ok: false, error: problem(code, facts) };
}

function pricingProblem(refusal: Extract<ReturnType<typeof priceOrder>, { ok: false }>["error"]): Problem {
  if (refusal.code === "price_missing")
    return problem("price_missing", { sku: refusal.sku, currency: refusal.currency });
  return problem("request_invalid", {
    errors: [{ pointer: "/hold", detail: "is worth more than an order may be" }],
  });
}

function paymentProblem(failure: PaymentFailure): Problem {
  return failure.code === "declined"
    ? problem("payment_declined", { reason: failure.reason })
    : problem("unavailable");
}
