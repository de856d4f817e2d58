import type { FC } from "hono/jsx";

import type { HoldView } from "../../contract/holds.ts";
import type { OrderView } from "../../contract/orders.ts";
import { browserPath } from "../browser/files.ts";
import type { Ware } from "../use-cases/read-show-page.ts";
import { moneyText } from "./money-text.ts";
import { Stage } from "./stage.tsx";

const scripts = [browserPath("checkout.js")];

/** Where a hold is paid for. */
export const CheckoutPage: FC<{ hold: HoldView; wares: ReadonlyArray<Ware>; publicKey: string }> = ({
  hold,
  wares,
  publicKey,
}) => (
  <Stage title="Check out · Holdfast" publicKey={publicKey} scripts={scripts}>
    <div class="checkout">
      <section class="summary" aria-labelledby="summary">
        <h1 id="summary">Check out</h1>
        <p class="until" id="until" data-expires-at={hold.expires_at} data-status={hold.status}>
          {hold.status === "active" ? "Held for you" : `This hold is ${hold.status}.`}
          <strong id="countdown"></strong>
        </p>
        <ul class="lines">
          {hold.lines.map(({ sku, quantity }) => {
            const ware = wares.find((one) => one.sku === sku);
            return (
              <li>
                <div class="picture" data-sku={sku} aria-hidden="true"></div>
                <span>
                  {ware?.title ?? sku}
                  <small>× {quantity}</small>
                </span>
                <span class="price">
                  {ware === undefined
                    ? ""
                    : moneyText({ ...ware.price, amount: ware.price.amount * quantity })}
                </span>
              </li>
            );
          })}
        </ul>
      </section>
      <form id="checkout" data-hold={hold.id} class="form">
        <h2>Where shall it go?</h2>
        <Field name="name" label="Name" value="Ada Albers" autocomplete="name" />
        <Field name="email" label="E-mail" value="ada@example.com" autocomplete="email" type="email" />
        <Field name="line1" label="Street" value="Lindenweg 4" autocomplete="address-line1" />
        <div class="pair">
          <Field name="postal_code" label="Postal code" value="10999" autocomplete="postal-code" />
          <Field name="city" label="City" value="Berlin" autocomplete="address-level2" />
        </div>
        <Field
          name="country"
          label="Country (two letters)"
          value="DE"
          autocomplete="country"
          pattern="[A-Z]{2}"
        />
        <fieldset>
          <legend>Payment, by the engine's own test provider</legend>
          <label class="choice">
            <input type="radio" name="outcome" value="approved" checked /> A card that works
          </label>
          <label class="choice">
            <input type="radio" name="outcome" value="declined" /> A card that is declined
          </label>
        </fieldset>
        <p id="notice" role="alert"></p>
        <button type="submit" class="main" disabled={hold.status !== "active"}>
          Place the order
        </button>
      </form>
    </div>
  </Stage>
);

const Field: FC<{
  name: string;
  label: string;
  value: string;
  autocomplete: string;
  type?: string;
  pattern?: string;
}> = ({ name, label, ...input }) => (
  <label class="field">
    {label}
    <input name={name} required maxlength={200} {...input} />
  </label>
);

export const GonePage: FC<{ publicKey: string }> = ({ publicKey }) => (
  <Stage title="Not found · Holdfast" publicKey={publicKey} scripts={[]}>
    <section class="empty">
      <h1>There is nothing here</h1>
      <p>
        The hold or order does not exist. <a href="/demo">Back to the show</a>
      </p>
    </section>
  </Stage>
);

type Step = { readonly label: string; readonly isDone: boolean };

/** Each step is done once the engine says so. */
function stepsOf(order: OrderView): ReadonlyArray<Step> {
  const types = new Set(order.events.map(({ type }) => type));
  return [
    { label: "Ordered", isDone: true },
    { label: "Paid", isDone: order.payment_status === "paid" },
    { label: "Routed", isDone: types.has("order.routed") },
    { label: "Picked", isDone: types.has("fulfillment.picked") },
    { label: "Shipped", isDone: types.has("shipment.shipped") },
    { label: "Delivered", isDone: types.has("shipment.delivered") },
  ];
}

/** The way of an order, without anything personal: whoever has its id sees it. */
export const OrderPage: FC<{ order: OrderView; publicKey: string }> = ({ order, publicKey }) => (
  <Stage title={`Order ${order.number} · Holdfast`} publicKey={publicKey} scripts={scripts}>
    <section class="order" id="order" data-status={order.status}>
      <p class="tick" aria-hidden="true">
        ✓
      </p>
      <h1>Thank you</h1>
      <p>
        Order <strong>{order.number}</strong> · {moneyText({ amount: order.total, currency: order.currency })}
      </p>
      <ol class="steps">
        {stepsOf(order).map(({ label, isDone }) => (
          <li data-done={String(isDone)}>
            {label}
            <span class="said">{isDone ? " (done)" : " (to come)"}</span>
          </li>
        ))}
      </ol>
      <ul class="lines">
        {order.lines.map(({ sku, title, quantity, total }) => (
          <li>
            <div class="picture" data-sku={sku} aria-hidden="true"></div>
            <span>
              {title}
              <small>× {quantity}</small>
            </span>
            <span class="price">{moneyText({ amount: total, currency: order.currency })}</span>
          </li>
        ))}
      </ul>
      <p>
        <a href="/demo">Back to the show</a>
      </p>
    </section>
  </Stage>
);
