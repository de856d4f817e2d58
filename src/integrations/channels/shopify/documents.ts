/** Every GraphQL document that is sent to Shopify's Admin API, for the version below. */
export const API_VERSION = "2026-10";

const MONEY = "{ shopMoney { amount currencyCode } }";
const ADDRESS = "{ name firstName lastName address1 address2 city provinceCode zip countryCodeV2 phone }";

export const SHOP = "query Shop { shop { name myshopifyDomain } }";

export const LISTINGS = `query Listings($after: String) {
  productVariants(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id sku barcode displayName inventoryQuantity inventoryItem { id tracked } }
  }
}`;

export const ORDER = `query Order($id: ID!) {
  order(id: $id) {
    id name createdAt updatedAt cancelledAt currencyCode taxesIncluded email phone
    displayFinancialStatus displayFulfillmentStatus
    totalPriceSet ${MONEY} currentTotalPriceSet ${MONEY} totalOutstandingSet ${MONEY}
    customer { firstName lastName }
    shippingAddress ${ADDRESS} billingAddress ${ADDRESS}
    retailLocation { id }
    shippingLines(first: 20) {
      nodes { code title currentDiscountedPriceSet ${MONEY} taxLines { priceSet ${MONEY} } }
    }
    lineItems(first: 100) {
      nodes {
        id title sku quantity currentQuantity requiresShipping isGiftCard variant { id }
        originalUnitPriceSet ${MONEY}
        discountAllocations { allocatedAmountSet ${MONEY} }
        taxLines { priceSet ${MONEY} }
      }
    }
    refunds(first: 50) { transactions(first: 20) { nodes { kind status amountSet ${MONEY} } } }
  }
}`;

export const CHANGED_ORDERS = `query ChangedOrders($query: String!, $after: String) {
  orders(first: 100, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes { id updatedAt }
  }
}`;

export const SET_QUANTITIES = `mutation SetQuantities($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { code field message }
  }
}`;

export const QUANTITIES = `query Quantities($ids: [ID!]!, $location: ID!) {
  nodes(ids: $ids) {
    ... on InventoryItem {
      id
      inventoryLevel(locationId: $location) { quantities(names: ["available"]) { name quantity } }
    }
  }
}`;

export const TO_FULFILL = `query ToFulfill($id: ID!) {
  order(id: $id) {
    cancelledAt
    fulfillments(first: 50) { trackingInfo(first: 10) { number } }
    fulfillmentOrders(first: 50) {
      nodes { id status lineItems(first: 100) { nodes { id remainingQuantity lineItem { id } } } }
    }
  }
}`;

export const FULFILL = `mutation Fulfill($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id status }
    userErrors { field message }
  }
}`;

export const TO_REFUND = `query ToRefund($id: ID!) {
  order(id: $id) {
    refunds(first: 100) { note }
    suggestedRefund(suggestFullRefund: true) {
      suggestedTransactions { gateway parentTransaction { id } maximumRefundableSet ${MONEY} }
    }
  }
}`;

export const REFUND = `mutation Refund($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id }
    userErrors { field message }
  }
}`;

export const CANCEL = `mutation Cancel($id: ID!, $reason: OrderCancelReason!, $note: String) {
  orderCancel(
    orderId: $id, reason: $reason, restock: false, notifyCustomer: true, staffNote: $note,
    refundMethod: { originalPaymentMethodsRefund: true }
  ) {
    job { id }
    orderCancelUserErrors { code field message }
  }
}`;
