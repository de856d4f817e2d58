import type { LocalDatabase } from "../../scripts/migrations.ts";

const ORDERS_PER_STATEMENT = 10_000;
/** A few names as common as names are: one customer in a hundred is a Smith. */
const FAMILY = ["Smith", "Nguyen", "Garcia", "Müller", "Rossi"];
/** The last so many orders are still under way; all others are done. */
const UNDER_WAY = 600;

/** The SKU of every tenth order. */
export const HOT_SKU = "BENCH-HOT";

/**
 * Fills the tables with orders as a shop has them after a while: most delivered, some refunded or canceled, a few under
 * way; one customer for three orders; one SKU in a tenth of the orders, the others in a few.
 */
export async function fillOrders(database: LocalDatabase, from: number, to: number): Promise<void> {
  // What was under way is done once there are newer ones.
  for (const statement of SETTLE) await database.prepare(statement).run();
  for (let first = from; first < to; first += ORDERS_PER_STATEMENT) {
    const count = Math.min(ORDERS_PER_STATEMENT, to - first);
    for (const statement of STATEMENTS) {
      await database
        .prepare(`${COUNTER} ${statement}`)
        .bind(first, count, to - UNDER_WAY)
        .run();
    }
  }
}

const COUNTER =
  "WITH RECURSIVE counter(n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM counter WHERE n + 1 < ?1 + ?2), wide(n, late) AS (SELECT n, n >= ?3 FROM counter)";
const ORDER_ID = "printf('ord_bench%012d', n)";
const PLACED = "1700000000000 + n * 1000";
const SKU = `iif(n % 10 = 0 AND place = 0, '${HOT_SKU}', printf('BENCH-%d', (n * 7919 + place * 104729) % 5000))`;
const WORD = (text: string) => `lower(replace(${text}, 'ü', 'u'))`;
const FAMILY_NAME = `CASE c % 100 ${FAMILY.map((name, index) => `WHEN ${index} THEN '${name}'`).join(" ")} ELSE printf('Family%d', c % 5000) END`;
const CUSTOMERS = "SELECT DISTINCT n / 3 AS c FROM wide";

const STATEMENTS = [
  `INSERT INTO customer (id, email, name, created_at_ms)
   SELECT printf('cus_bench%08d', c), printf('buyer%d@example.com', c), printf('Given%d ', c % 900) || ${FAMILY_NAME}, ${PLACED.replace("n", "c * 3")}
   FROM (${CUSTOMERS}) WHERE true ON CONFLICT DO NOTHING`,
  `INSERT INTO customer_word (word, customer_id)
   SELECT ${WORD(FAMILY_NAME)}, printf('cus_bench%08d', c) FROM (${CUSTOMERS})
   UNION ALL SELECT printf('given%d', c % 900), printf('cus_bench%08d', c) FROM (${CUSTOMERS})
   UNION ALL SELECT printf('buyer%d', c), printf('cus_bench%08d', c) FROM (${CUSTOMERS}) WHERE true ON CONFLICT DO NOTHING`,
  `INSERT INTO orders (id, number, status, payment_status, fulfillment_status, currency, subtotal, discount_total,
     shipping_total, tax_total, total, customer_id, shipping_address, shipping_method, channel, external_id, placed_at_ms,
     stock_committed_at_ms, updated_at_ms, version)
   SELECT ${ORDER_ID}, 1000000 + n,
     CASE WHEN n % 50 = 0 THEN 'canceled' WHEN n % 20011 = 7 THEN 'on_hold' WHEN late THEN 'placed' ELSE 'completed' END,
     CASE WHEN n % 50 = 0 THEN 'voided' WHEN n % 33 = 0 THEN 'refunded' WHEN n % 31 = 0 THEN 'partially_refunded' ELSE 'paid' END,
     CASE WHEN n % 50 = 0 THEN 'unfulfilled' WHEN NOT late THEN 'delivered' WHEN n % 3 = 0 THEN 'scheduled' WHEN n % 3 = 1 THEN 'in_progress' ELSE 'fulfilled' END,
     'EUR', 2000, 0, 0, 0, 2000, printf('cus_bench%08d', n / 3),
     '{"name":"A Buyer","line1":"Long Street 17","city":"Berlin","postal_code":"10115","country":"DE"}', 'standard',
     CASE n % 8 WHEN 0 THEN 'shopify' WHEN 1 THEN 'amazon' WHEN 2 THEN 'show' ELSE 'storefront' END,
     iif(n % 8 < 2, printf('EXT-%d', n), NULL), ${PLACED}, 1, 1, 1
   FROM wide`,
  `INSERT INTO order_line (id, order_id, placed_at_ms, position, sku, title, quantity, unit_price, discount, tax, total,
     fulfilled_quantity, delivered_quantity, returned_quantity, canceled_quantity)
   SELECT printf('line_bench%012d_%d', n, place), ${ORDER_ID}, ${PLACED}, place + 1, ${SKU}, 'A thing', 1, 1000, 0, 0, 1000,
     NOT late, NOT late, 0, 0
   FROM wide CROSS JOIN (SELECT 0 AS place UNION ALL SELECT 1)`,
  `INSERT INTO payment_transaction (id, order_id, kind, amount, currency, provider, reference, occurred_at_ms)
   SELECT printf('txn_bench%012d', n), ${ORDER_ID}, 'capture', 2000, 'EUR', 'manual', printf('bench-%d', n), ${PLACED} FROM wide`,
  `INSERT INTO order_event (id, order_id, type, data, actor, occurred_at_ms)
   SELECT printf('evt_bench%012d_%d', n, place), ${ORDER_ID}, iif(place, 'shipment.shipped', 'order.placed'), '{}', 'bench', ${PLACED} + place
   FROM wide CROSS JOIN (SELECT 0 AS place UNION ALL SELECT 1)`,
  `INSERT INTO fulfillment_order (id, order_id, location, status, created_at_ms, updated_at_ms, version)
   SELECT printf('ful_bench%012d', n), ${ORDER_ID}, printf('BENCH-%d', n % 4), CASE WHEN NOT late OR n % 3 = 2 THEN 'closed' WHEN n % 3 = 1 THEN 'in_progress' ELSE 'open' END, ${PLACED}, 1, 1
   FROM wide WHERE n % 50 <> 0`,
  `INSERT INTO fulfillment_order_line (id, fulfillment_order_id, order_line_id, sku, quantity)
   SELECT printf('fline_bench%012d_%d', n, place), printf('ful_bench%012d', n), printf('line_bench%012d_%d', n, place), ${SKU}, 1
   FROM wide CROSS JOIN (SELECT 0 AS place UNION ALL SELECT 1) WHERE n % 50 <> 0`,
  `INSERT INTO pick_list (id, fulfillment_order_id, location, status, created_at_ms, picked_at_ms)
   SELECT printf('pick_bench%012d', n), printf('ful_bench%012d', n), printf('BENCH-%d', n % 4), iif(late AND n % 3 = 0, 'open', 'picked'), ${PLACED}, ${PLACED}
   FROM wide WHERE n % 50 <> 0`,
  `INSERT INTO shipment (id, order_id, fulfillment_order_id, status, tracking_status, carrier, service, tracking_number,
     weight_grams, shipped_at_ms, created_at_ms, version)
   SELECT printf('shp_bench%012d', n), ${ORDER_ID}, printf('ful_bench%012d', n), iif(late, iif(n % 3 = 2, 'shipped', 'picked'), 'delivered'), iif(late, 'pre_transit', 'delivered'),
     'manual', 'standard', printf('JD%012d', n), 500, ${PLACED}, ${PLACED}, 1
   FROM wide WHERE n % 50 <> 0 AND NOT (late AND n % 3 = 0)`,
];

const SETTLE = [
  "UPDATE orders SET status = 'completed', fulfillment_status = 'delivered' WHERE status = 'placed' AND id LIKE 'ord_bench%'",
  "UPDATE fulfillment_order SET status = 'closed' WHERE status IN ('open', 'in_progress') AND id LIKE 'ful_bench%'",
  "UPDATE pick_list SET status = 'picked' WHERE status = 'open' AND id LIKE 'pick_bench%'",
  "UPDATE shipment SET status = 'delivered', tracking_status = 'delivered' WHERE status IN ('picked', 'shipped') AND id LIKE 'shp_bench%'",
];
