export * from "./catalogue.ts";
export * from "./exceptions.ts";
export * from "./fulfillment.ts";
export * from "./imports.ts";
export * from "./orders.ts";
export * from "./payments.ts";
export * from "./platform.ts";
