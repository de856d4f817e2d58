import type { Platform } from "../../domain/channels/channel-order.ts";
import type { ChannelAdapter } from "./port.ts";
import { shopify } from "./shopify/adapter.ts";
import { woocommerce } from "./woocommerce/adapter.ts";

const adapters: ReadonlyMap<Platform, ChannelAdapter> = new Map(
  [shopify, woocommerce].map((adapter) => [adapter.platform, adapter]),
);

/** @returns null where no adapter speaks to the platform. */
export function channelAdapter(platform: Platform): ChannelAdapter | null {
  return adapters.get(platform) ?? null;
}
