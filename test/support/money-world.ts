import type { DraftRequest } from "../../src/contract/draft-orders.ts";
import type { SettleRequest } from "../../src/contract/returns.ts";
import { createDb } from "../../src/db/client.ts";
import { readOrder, type OrderAggregate } from "../../src/db/orders.ts";
import type { CurrencyCode, LocationCode, Sku } from "../../src/domain/brand.ts";
import type { ChangeAction } from "../../src/domain/orders/change.ts";
import { ok } from "../../src/domain/result.ts";
import type {
  AuthorizeRequest,
  FollowUpRequest,
  PaymentEntry,
  PaymentPort,
} from "../../src/integrations/payments/port.ts";
import { askPayment, type PaymentWish } from "../../src/worker/use-cases/ask-payment.ts";
import { cancelUnits } from "../../src/worker/use-cases/cancel-units.ts";
import { capturePayment } from "../../src/worker/use-cases/capture-payment.ts";
import { completeDraft } from "../../src/worker/use-cases/complete-draft.ts";
import { confirmChange } from "../../src/worker/use-cases/confirm-change.ts";
import { draftOrder } from "../../src/worker/use-cases/draft-order.ts";
import { newChange } from "../../src/worker/use-cases/order-change.ts";
import { payOrder } from "../../src/worker/use-cases/pay-order.ts";
import { requestReturn } from "../../src/worker/use-cases/request-return.ts";
import { settleMoney } from "../../src/worker/use-cases/settle-requests.ts";
import { resolveReturn } from "../../src/worker/use-cases/settle-return.ts";
import { approveReturn, inspectReturn, receiveReturn } from "../../src/worker/use-cases/work-return.ts";
import { faulty, faultyD1, NO_FAULTS, type FaultPlan } from "./faults.ts";
import { nodeD1 } from "./node-d1.ts";

const SHELF = "SHELF-1" as LocationCode;
const PLENTY = { available: 1_000_000, backorderLimit: 0 };

/** The bank's own books, which know nothing of orders but their name. It pays nobody back what it did not take. */
class Books implements PaymentPort {
  readonly provider = "manual";
  readonly isOnTrust = true;
  readonly remote = null;
  kept = 0;
  readonly #replies = new Map<string, ReadonlyArray<PaymentEntry>>();
  readonly #left = new Map<string, number>();

  // oxlint-disable-next-line require-await -- the port is asynchronous.
  authorize: PaymentPort["authorize"] = async ({
    amount,
    currency,
    capture,
    idempotencyKey,
  }: AuthorizeRequest) => {
    const reference = `auth-${this.#left.size}`;
    const authorization: PaymentEntry = { kind: "authorization", amount, currency, reference };
    this.#left.set(reference, amount);
    if (capture === "manual") return ok({ entries: [authorization], awaited: null });
    const captured = this.#move("capture", { reference, amount, currency, idempotencyKey });
    return ok({ entries: [authorization, { ...captured, parentReference: reference }], awaited: null });
  };
  capture = (request: FollowUpRequest) => this.#once("capture", request);
  void = (request: FollowUpRequest) => this.#once("void", request);
  refund = (request: FollowUpRequest) => this.#once("refund", request);
  abandon = () => Promise.resolve(ok(null));

  // oxlint-disable-next-line require-await -- the port is asynchronous.
  async #once(kind: "capture" | "void" | "refund", request: FollowUpRequest) {
    const known = this.#replies.get(request.idempotencyKey);
    if (known !== undefined) return ok(known);
    const moved = [this.#move(kind, request)];
    this.#replies.set(request.idempotencyKey, moved);
    return ok(moved);
  }

  #move(
    kind: "capture" | "void" | "refund",
    request: Omit<FollowUpRequest, "orderId" | "remainder">,
  ): PaymentEntry {
    const { reference, amount, currency } = request;
    const left = this.#left.get(reference) ?? 0;
    if (amount > left || amount < 1)
      throw new Error(`the bank was asked for a ${kind} of ${amount} of ${left}`);
    this.#left.set(reference, left - amount);
    const name = `${kind}-${this.#left.size}`;
    this.#left.set(name, kind === "capture" ? amount : 0);
    if (kind === "capture") this.kept += amount;
    if (kind === "refund") this.kept -= amount;
    return { kind, amount, currency, reference: name };
  }
}

/** One order and all that people do to it afterwards, by the engine's own use cases on SQLite in memory. */
export class MoneyWorld {
  readonly books = new Books();
  /** What goes wrong from now on. */
  plan: FaultPlan = NO_FAULTS;
  /** How many calls were made. Set back, the next calls are repeats of earlier ones. */
  marks = 0;
  readonly #node = nodeD1();
  readonly #currency: CurrencyCode;
  readonly #plan: FaultPlan = { next: (call) => this.plan.next(call), pause: () => this.plan.pause() };
  readonly #bank = faulty("bank", this.books, this.#plan);
  #clockMs = 1_700_000_000_000;

  constructor(currency: CurrencyCode) {
    this.#currency = currency;
    this.#node.sqlite.exec(
      `INSERT INTO location (code, name, type, address, ships, pickup, version, created_at_ms, updated_at_ms)
       VALUES ('${SHELF}', 'Shelf', 'warehouse', '{"country":"DE"}', 1, 1, 1, 0, 0)`,
    );
  }

  readonly services = {
    nowMs: () => (this.#clockMs += 1),
    db: createDb(faultyD1(this.#node.d1, this.#plan)),
    sku: () => ({ stock: async () => PLENTY }),
    paymentProvider: () => this.#bank,
    send: async () => {},
    background: (work: Promise<unknown>) => void work.catch(() => {}),
    fulfillmentMode: "manual",
    carrier: () => null,
    carrierOfParcels: "manual",
    connection: () => {
      throw new Error("nobody is called");
    },
  } as unknown as Parameters<typeof resolveReturn>[0] & Parameters<typeof confirmChange>[0];

  sku(name: string, price: number, taxRateBps = 0): Sku {
    this.#node.sqlite
      .prepare(
        "INSERT INTO sku (sku, title, backorder_limit, tax_rate_bps, attributes, version, created_at_ms, updated_at_ms) VALUES (?1, ?1, 0, ?2, '{}', 1, 0, 0)",
      )
      .run(name, taxRateBps);
    this.#node.sqlite
      .prepare("INSERT INTO sku_price (sku, currency, amount) VALUES (?1, ?2, ?3)")
      .run(name, this.#currency, price);
    return name as Sku;
  }

  async order(
    lines: ReadonlyArray<{ readonly sku: Sku; readonly quantity: number }>,
    discountBps: number,
    payment: "automatic" | "manual" | "later",
  ): Promise<string> {
    const request = {
      customer: { email: "ada@example.com" },
      shipping_address: { country: "DE" },
      shipping_method: "standard",
      currency: this.#currency,
      lines: [...lines],
      discount: { percent_bps: discountBps },
      channel: "storefront",
      hold_stock: false,
    } as DraftRequest;
    const drafted = await draftOrder(this.services, request, this.#actor(), "draft");
    if (!drafted.ok) throw new Error(JSON.stringify(drafted.error));
    const { id } = drafted.value.order;
    const paid = payment === "later" ? {} : { payment: { provider: "manual", capture: payment } };
    const placed = await completeDraft(this.services, {
      ...this.#asked(id),
      request: paid as Parameters<typeof completeDraft>[1]["request"],
    });
    if (!placed.ok) throw new Error(JSON.stringify(placed.error));
    this.#node.sqlite.exec("UPDATE orders SET stock_committed_at_ms = 1");
    return id;
  }

  async read(id: string): Promise<OrderAggregate> {
    const aggregate = await readOrder(this.services.db, id);
    if (aggregate === null) throw new Error(`no order ${id}`);
    return aggregate;
  }

  orderIds(): Array<string> {
    return this.#node.sqlite
      .prepare("SELECT id FROM orders ORDER BY number")
      .all()
      .map(({ id }) => String(id));
  }

  storeCredit(): number {
    return Number(this.#node.sqlite.prepare("SELECT total(amount) AS sum FROM store_credit").get()?.["sum"]);
  }

  /** What the messages would do that were written with the orders. */
  async deliver(): Promise<void> {
    for (const id of this.orderIds()) await settleMoney(this.services, id);
  }

  pending(): number {
    const query = "SELECT count(*) AS count FROM payment_request WHERE status = 'pending'";
    return Number(this.#node.sqlite.prepare(query).get()?.["count"]);
  }

  ask(orderId: string, wish: PaymentWish) {
    return askPayment(this.services, { ...this.#asked(orderId), wish });
  }

  cancel(orderId: string, line: string, quantity: number) {
    const { actor, mark } = this.#asked(orderId);
    const lines = [{ line, quantity }];
    const wish = { reason: "customer" as const, refund: true, restock: true, notify: false };
    return cancelUnits(this.services, { orderId, lines, ...wish, actor, mark }, () => true);
  }

  async change(orderId: string, actions: ReadonlyArray<ChangeAction>) {
    const { order } = await this.read(orderId);
    const { actor, mark } = this.#asked(orderId);
    const change = { ...newChange(order, mark, actions, null, this.services.nowMs()), version: 0 };
    return confirmChange(this.services, orderId, {
      change,
      actor,
      refund: true,
      notify: true,
      onBalance: "ship",
    });
  }

  /** Some units leave, and what is due for them is captured. */
  async ship(orderId: string, line: string, quantity: number): Promise<void> {
    this.#node.sqlite
      .prepare(
        `UPDATE order_line SET fulfilled_quantity = fulfilled_quantity + ?2, delivered_quantity = delivered_quantity + ?2
         WHERE id = ?1 AND fulfilled_quantity + canceled_quantity + ?2 <= quantity`,
      )
      .run(line, quantity);
    this.#node.sqlite.exec("UPDATE orders SET version = version + 1");
    await capturePayment(this.services, orderId);
  }

  pay(orderId: string) {
    const request = { provider: "manual", capture: "automatic" as const };
    return payOrder(this.services, { ...this.#asked(orderId), request });
  }

  /** From the request to the settlement, in one go. @returns Null where it was refused on the way. */
  async sendBack(
    orderId: string,
    kind: "return" | "claim",
    line: string,
    quantity: number,
    settle: SettleRequest,
    beforeSettling: () => void = () => {},
  ) {
    const { actor, mark } = this.#asked(orderId);
    const lines = [{ line, quantity, reason: "changed_mind" as const }];
    const requested = await requestReturn(this.services, {
      orderId,
      actor,
      mark,
      request: { kind, lines, notify: true },
    });
    if (!requested.ok) return null;
    const returnId = requested.value.row.id;
    const asked = () => ({ returnId, actor, notify: true, mark: this.#mark() });
    const directions = { trackingNumber: null, labelUrl: null, instructions: null };
    await approveReturn(this.services, asked(), directions);
    if (kind === "return") {
      await receiveReturn(this.services, asked(), SHELF, null);
      const judged = { line, restock: quantity, damaged: 0, qualityControl: 0, missing: 0 };
      await inspectReturn(this.services, asked(), [judged]);
    }
    beforeSettling();
    const resolved = await resolveReturn(this.services, asked(), settle);
    return resolved.ok ? resolved.value.row : null;
  }

  #actor() {
    return { principalId: "key_test", requestId: "req_test" };
  }

  #mark(): string {
    return `mark-${(this.marks += 1)}`;
  }

  #asked(orderId: string) {
    return { orderId, actor: this.#actor(), mark: this.#mark(), isVersionAcceptable: () => true };
  }
}
