export * from "./catalogue.ts";
export * from "./fulfillment.ts";
export * from "./orders.ts";
export * from "./platform.ts";
