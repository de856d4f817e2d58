import type { BuyerKey, LocationCode, Sku } from "../../domain/brand.ts";
import type { HoldKey, HoldLine, HoldPart, HoldStatus } from "../../domain/inventory/hold.ts";
import type { LocationRow } from "../../domain/inventory/location-row.ts";
import { commitmentKey } from "../../domain/inventory/order-stock.ts";
import type { ConfigureSku, LatestMovements, Movement } from "../../domain/inventory/sku-port.ts";
import type { Allocation, SkuChanges, SkuRows } from "../../domain/inventory/sku-stock.ts";
import type { Sql, SqlRow } from "../shared/sql.ts";
import { DropStore } from "./drop-store.ts";
import { toMovement, type MovementRow } from "./movement-row.ts";
import { WaitlistStore } from "./waitlist-store.ts";

const HOLD_COLUMNS = `key, buyer, quantity, status, ttl_seconds, location, show, home, basket, is_secured, device, arrived_at_ms,
  is_extended, order_id, paying_since_ms, committed_quantity, canceled_quantity, created_at_ms, expires_at_ms, resolved_at_ms`;
const LIVE = "status IN ('active', 'paying')";

type HoldRow = SqlRow & {
  key: string;
  buyer: string;
  quantity: number;
  status: string;
  ttl_seconds: number;
  location: string | null;
  show: string | null;
  home: string | null;
  basket: string | null;
  is_secured: number;
  device: string | null;
  arrived_at_ms: number | null;
  is_extended: number;
  order_id: string | null;
  paying_since_ms: number | null;
  committed_quantity: number;
  canceled_quantity: number;
  created_at_ms: number;
  expires_at_ms: number;
  resolved_at_ms: number | null;
};

/** SQL for one SKU. Holds no state and takes no decisions. */
export class SkuStore {
  readonly drops: DropStore;
  readonly waitlist: WaitlistStore;
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.drops = new DropStore(sql);
    this.waitlist = new WaitlistStore(sql);
  }

  /** What decisions need of the past; null before the SKU was configured. */
  readRows(): SkuRows | null {
    const [config] = this.#rows<{
      sku: string;
      buyer_limit: number | null;
      backorder_limit: number;
    }>("SELECT sku, buyer_limit, backorder_limit FROM sku");
    if (config === undefined) return null;
    const sku = config.sku as Sku;
    const [last] = this.#rows<{ seq: number; at_ms: number }>(
      `SELECT (SELECT coalesce(max(seq), 0) FROM movement) AS seq,
              max((SELECT coalesce(max(at_ms), 0) FROM movement),
                  (SELECT coalesce(max(changed_at_ms), 0) FROM location_stock),
                  (SELECT coalesce(max(changed_at_ms), 0) FROM show_drop),
                  (SELECT coalesce(max(changed_at_ms), 0) FROM waitlist),
                  (SELECT coalesce(max(changed_at_ms), 0) FROM hold)) AS at_ms`,
    );
    return {
      config: { sku, buyerLimit: config.buyer_limit, backorderLimit: config.backorder_limit },
      locations: this.#rows<
        SqlRow & {
          location: string;
          on_hand: number;
          allocated: number;
          damaged: number;
          incoming: number;
          safety_target: number;
        }
      >("SELECT * FROM location_stock").map((row) => ({
        location: row.location as LocationCode,
        onHand: row.on_hand,
        allocated: row.allocated,
        damaged: row.damaged,
        incoming: row.incoming,
        safetyTarget: row.safety_target,
      })),
      holds: this.#rows<HoldRow>(
        `SELECT ${HOLD_COLUMNS} FROM hold WHERE ${LIVE} OR committed_quantity > 0`,
      ).map((row) => toPart(row, sku)),
      allocations: this.#rows<AllocationRow>("SELECT * FROM allocation WHERE status = 'allocated'").map(
        toAllocation,
      ),
      drops: this.drops.readDrops(),
      waitlist: this.waitlist.readRows(),
      lastSeq: last?.seq ?? 0,
      lastAtMs: last?.at_ms ?? 0,
    };
  }

  writeConfig({ sku, buyerLimit, backorderLimit }: ConfigureSku): void {
    this.#sql.exec(
      `INSERT INTO sku (only_row, sku, buyer_limit, backorder_limit) VALUES (1, ?, ?, ?)
       ON CONFLICT (only_row) DO UPDATE SET buyer_limit = excluded.buyer_limit, backorder_limit = excluded.backorder_limit`,
      sku,
      buyerLimit,
      backorderLimit,
    );
    if (buyerLimit !== null) this.#indexBought();
  }

  /** One statement for each kind of row, however many there are. */
  write(changes: SkuChanges): void {
    const { insertedHolds, updatedHolds, locations, allocations, movements, drops, waitlist, atMs } = changes;
    this.drops.writeDrops(drops, atMs);
    if (drops.some(({ buyerLimit }) => buyerLimit !== null)) this.#indexBought();
    this.waitlist.write(waitlist, atMs);
    if (insertedHolds.length > 0) {
      this.#insertMany(
        `INSERT INTO hold (${HOLD_COLUMNS}, changed_at_ms)`,
        21,
        insertedHolds.map((part) => fromPart(part, atMs)),
      );
    }
    if (updatedHolds.length > 0) this.#updateHolds(updatedHolds, atMs);
    if (movements.length > 0) {
      this.#insertMany(
        "INSERT INTO movement (seq, command_id, kind, location, quantity, order_id, allocation_id, reason, at_ms)",
        9,
        movements.map((entry) => [
          entry.seq,
          entry.id === "" ? null : entry.id,
          entry.kind,
          entry.location,
          entry.quantity,
          entry.orderId,
          entry.allocationId,
          entry.reason,
          entry.atMs,
        ]),
      );
    }
    for (const row of locations) this.#upsertLocation(row, atMs);
    for (const { id, orderId, holdKey, location, quantity, status } of allocations) {
      this.#sql.exec(
        `INSERT INTO allocation (id, order_id, hold_key, location, quantity, status) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET quantity = excluded.quantity, status = excluded.status`,
        id,
        orderId,
        holdKey,
        location,
        quantity,
        status,
      );
    }
  }

  readHold(key: HoldKey, sku: Sku): HoldPart | null {
    const [row] = this.#rows<HoldRow>(`SELECT ${HOLD_COLUMNS} FROM hold WHERE key = ?`, key);
    return row === undefined ? null : toPart(row, sku);
  }

  readHolds(keys: ReadonlyArray<HoldKey>, sku: Sku): Map<HoldKey, HoldPart> {
    const rows = this.#rows<HoldRow>(
      `SELECT ${HOLD_COLUMNS} FROM hold WHERE key IN (SELECT value FROM json_each(?))`,
      JSON.stringify(keys),
    );
    return new Map(rows.map((row) => [row.key, toPart(row, sku)]));
  }

  /** The hold or commitment an order was given stock by, whatever became of it. */
  readHoldOfOrder(orderId: string, holdKey: HoldKey | null, sku: Sku): HoldPart | null {
    const parts = this.readHolds([commitmentKey(orderId), ...(holdKey === null ? [] : [holdKey])], sku);
    return parts.get(commitmentKey(orderId)) ?? (holdKey === null ? null : (parts.get(holdKey) ?? null));
  }

  /** Units that buyers bought and did not cancel, by show. */
  readBought(
    buyers: ReadonlyArray<BuyerKey>,
  ): ReadonlyArray<{ readonly buyer: string; readonly show: string | null; readonly quantity: number }> {
    return this.#rows<SqlRow & { buyer: string; show: string | null; quantity: number }>(
      `SELECT buyer, show, sum(quantity - canceled_quantity) AS quantity FROM hold
       WHERE status = 'converted' AND buyer IN (SELECT value FROM json_each(?)) GROUP BY buyer, show`,
      JSON.stringify(buyers),
    );
  }

  hasResolvedHolds(): boolean {
    return this.#rows(`SELECT 1 FROM hold WHERE NOT ${LIVE} LIMIT 1`).length > 0;
  }

  readAllocation(id: string): Allocation | null {
    const [row] = this.#rows<AllocationRow>("SELECT * FROM allocation WHERE id = ?", id);
    return row === undefined ? null : toAllocation(row);
  }

  readMovement(commandId: string): Movement | null {
    const [row] = this.#rows<MovementRow>("SELECT * FROM movement WHERE command_id = ?", commandId);
    return row === undefined ? null : toMovement(row);
  }

  readMovements(afterSeq: number, limit: number): Array<Movement> {
    return this.#rows<MovementRow>(
      "SELECT * FROM movement WHERE seq > ? ORDER BY seq LIMIT ?",
      afterSeq,
      limit,
    ).map(toMovement);
  }

  readLatestMovements({ beforeSeq, limit, location, kinds }: LatestMovements): Array<Movement> {
    return this.#rows<MovementRow>(
      `SELECT * FROM movement WHERE seq < ?1 AND (?2 IS NULL OR location = ?2)
         AND kind IN (SELECT value FROM json_each(?3)) ORDER BY seq DESC LIMIT ?4`,
      beforeSeq ?? Number.MAX_SAFE_INTEGER,
      location,
      JSON.stringify(kinds),
      limit,
    ).map(toMovement);
  }

  /**
   * Forgets holds that came to nothing, a bounded number at a time. Converted ones stay: orders and limits stand on them.
   */
  prune(resolvedBeforeMs: number, rowsMax: number): void {
    this.#sql.exec(
      `DELETE FROM hold WHERE key IN (
         SELECT key FROM hold WHERE status IN ('released', 'expired') AND resolved_at_ms < ? LIMIT ?)`,
      resolvedBeforeMs,
      rowsMax,
    );
  }

  /** What a buyer bought is counted through this index. A SKU that never had a limit does not pay for it. */
  #indexBought(): void {
    this.#sql.exec("CREATE INDEX IF NOT EXISTS hold_bought ON hold (buyer) WHERE status = 'converted'");
  }

  /** Only what may change after a hold was taken is written. */
  #updateHolds(parts: ReadonlyArray<HoldPart>, atMs: number): void {
    const rows = parts.map((part) => [
      part.key,
      part.status,
      Number(part.isExtended),
      part.orderId,
      part.payingSinceMs,
      part.committedQuantity,
      part.canceledQuantity,
      part.expiresAtMs,
      part.resolvedAtMs,
      atMs,
      Number(part.isSecured),
      part.quantity,
    ]);
    for (const chunk of chunksOf(rows))
      this.#sql.exec(
        `UPDATE hold SET (status, is_extended, order_id, paying_since_ms, committed_quantity, canceled_quantity, expires_at_ms, resolved_at_ms, changed_at_ms, is_secured, quantity) =
         (changed.value->>1, changed.value->>2, changed.value->>3, changed.value->>4, changed.value->>5, changed.value->>6, changed.value->>7, changed.value->>8, changed.value->>9, changed.value->>10, changed.value->>11)
       FROM json_each(?) AS changed WHERE hold.key = changed.value->>0`,
        JSON.stringify(chunk),
      );
  }

  #upsertLocation(row: LocationRow, atMs: number): void {
    const { location, onHand, allocated, damaged, incoming, safetyTarget } = row;
    this.#sql.exec(
      `INSERT INTO location_stock (location, on_hand, allocated, damaged, incoming, safety_target, changed_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (location) DO UPDATE SET on_hand = excluded.on_hand, allocated = excluded.allocated,
         damaged = excluded.damaged, incoming = excluded.incoming, safety_target = excluded.safety_target,
         changed_at_ms = excluded.changed_at_ms`,
      location,
      onHand,
      allocated,
      damaged,
      incoming,
      safetyTarget,
      atMs,
    );
  }

  #insertMany(
    into: string,
    columnCount: number,
    rows: ReadonlyArray<ReadonlyArray<string | number | null>>,
  ): void {
    const [first] = rows;
    if (rows.length === 1 && first !== undefined) {
      // A lone row is spared the way through JSON.
      this.#sql.exec(`${into} VALUES (${first.map(() => "?").join(", ")})`, ...first);
      return;
    }
    const columns = Array.from({ length: columnCount }, (_, index) => `value->>${index}`).join(", ");
    for (const chunk of chunksOf(rows))
      this.#sql.exec(`${into} SELECT ${columns} FROM json_each(?)`, JSON.stringify(chunk));
  }

  #rows<Row extends SqlRow>(query: string, ...bindings: ReadonlyArray<string | number | null>): Array<Row> {
    return this.#sql.exec<Row>(query, ...bindings).toArray();
  }
}

/**
 * Rows that fit one bound text with room to spare: the platform takes 2 MB of it, and a crowd's holds end all at once.
 */
const CHUNK_ROWS = 250;

function chunksOf<Row>(rows: ReadonlyArray<Row>): Array<ReadonlyArray<Row>> {
  const chunks: Array<ReadonlyArray<Row>> = [];
  for (let at = 0; at < rows.length; at += CHUNK_ROWS) chunks.push(rows.slice(at, at + CHUNK_ROWS));
  return chunks;
}

function fromPart(part: HoldPart, atMs: number): Array<string | number | null> {
  return [
    part.key,
    part.buyer,
    part.quantity,
    part.status,
    part.ttlSeconds,
    part.location,
    part.show,
    part.home,
    part.basket === null ? null : JSON.stringify(part.basket),
    Number(part.isSecured),
    part.device,
    part.arrivedAtMs,
    Number(part.isExtended),
    part.orderId,
    part.payingSinceMs,
    part.committedQuantity,
    part.canceledQuantity,
    part.createdAtMs,
    part.expiresAtMs,
    part.resolvedAtMs,
    atMs,
  ];
}

function toPart(row: HoldRow, sku: Sku): HoldPart {
  return {
    key: row.key,
    sku,
    buyer: row.buyer as BuyerKey,
    quantity: row.quantity,
    status: row.status as HoldStatus,
    ttlSeconds: row.ttl_seconds,
    location: row.location as LocationCode | null,
    show: row.show,
    home: row.home as Sku | null,
    basket: row.basket === null ? null : (JSON.parse(row.basket) as ReadonlyArray<HoldLine>),
    isSecured: row.is_secured === 1,
    device: row.device,
    arrivedAtMs: row.arrived_at_ms,
    isExtended: row.is_extended === 1,
    orderId: row.order_id,
    payingSinceMs: row.paying_since_ms,
    committedQuantity: row.committed_quantity,
    canceledQuantity: row.canceled_quantity,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    resolvedAtMs: row.resolved_at_ms,
  };
}

type AllocationRow = SqlRow & {
  id: string;
  order_id: string;
  hold_key: string;
  location: string;
  quantity: number;
  status: string;
};

function toAllocation(row: AllocationRow): Allocation {
  return {
    id: row.id,
    orderId: row.order_id,
    holdKey: row.hold_key,
    location: row.location as LocationCode,
    quantity: row.quantity,
    status: row.status as Allocation["status"],
  };
}
