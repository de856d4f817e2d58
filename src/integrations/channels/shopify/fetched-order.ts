import type { ChannelOrder, ChannelRefusal } from "../../../domain/channels/channel-order.ts";
import type { Result } from "../../../domain/result.ts";
import { at, globalIdAt, listAt, textAt, type Json } from "../reading.ts";
import { readShopifyOrder } from "./order.ts";

/** An order as GraphQL answers it, in the shape of the webhooks, so that both are read by the same rules. */
export function readFetchedOrder(node: Json): Result<ChannelOrder, ChannelRefusal> {
  const fulfillment = textAt(node, "displayFulfillmentStatus");
  return readShopifyOrder({
    admin_graphql_api_id: at(node, "id"),
    name: at(node, "name"),
    created_at: at(node, "createdAt"),
    updated_at: at(node, "updatedAt"),
    cancelled_at: at(node, "cancelledAt"),
    currency: at(node, "currencyCode"),
    taxes_included: at(node, "taxesIncluded"),
    email: at(node, "email"),
    phone: at(node, "phone"),
    financial_status: textAt(node, "displayFinancialStatus")?.toLowerCase(),
    fulfillment_status: fulfillment === "FULFILLED" ? "fulfilled" : null,
    total_price: amount(node, "totalPriceSet"),
    current_total_price: amount(node, "currentTotalPriceSet"),
    total_outstanding: amount(node, "totalOutstandingSet"),
    location_id: globalIdAt(node, "retailLocation", "id"),
    customer: {
      first_name: at(node, "customer", "firstName"),
      last_name: at(node, "customer", "lastName"),
    },
    shipping_address: address(at(node, "shippingAddress")),
    billing_address: address(at(node, "billingAddress")),
    shipping_lines: listAt(node, "shippingLines", "nodes").map((line) => ({
      code: at(line, "code"),
      title: at(line, "title"),
      discounted_price: amount(line, "currentDiscountedPriceSet"),
      tax_lines: taxLines(line),
    })),
    line_items: listAt(node, "lineItems", "nodes").map((line) => ({
      admin_graphql_api_id: at(line, "id"),
      title: at(line, "title"),
      sku: at(line, "sku"),
      quantity: at(line, "quantity"),
      current_quantity: at(line, "currentQuantity"),
      requires_shipping: at(line, "requiresShipping"),
      gift_card: at(line, "isGiftCard"),
      variant_id: globalIdAt(line, "variant", "id"),
      price: amount(line, "originalUnitPriceSet"),
      discount_allocations: listAt(line, "discountAllocations").map((each) => ({
        amount: amount(each, "allocatedAmountSet"),
      })),
      tax_lines: taxLines(line),
    })),
    refunds: listAt(node, "refunds").map((refund) => ({
      transactions: listAt(refund, "transactions", "nodes").map((entry) => ({
        kind: textAt(entry, "kind")?.toLowerCase(),
        status: textAt(entry, "status")?.toLowerCase(),
        amount: amount(entry, "amountSet"),
      })),
    })),
  });
}

function amount(node: Json, set: string): Json {
  return at(node, set, "shopMoney", "amount");
}

function taxLines(line: Json): Json {
  return listAt(line, "taxLines").map((tax) => ({ price: amount(tax, "priceSet") }));
}

function address(node: Json): Json {
  if (node === null || node === undefined) return null;
  return {
    name: at(node, "name"),
    first_name: at(node, "firstName"),
    last_name: at(node, "lastName"),
    address1: at(node, "address1"),
    address2: at(node, "address2"),
    city: at(node, "city"),
    province_code: at(node, "provinceCode"),
    zip: at(node, "zip"),
    country_code: at(node, "countryCodeV2"),
    phone: at(node, "phone"),
  };
}
