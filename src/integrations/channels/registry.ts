import type { Platform } from "../../domain/channels/channel-order.ts";
import { amazon } from "./amazon/adapter.ts";
import { csv } from "./csv/adapter.ts";
import { ebay } from "./ebay/adapter.ts";
import type { ChannelAdapter } from "./port.ts";
import { shopify } from "./shopify/adapter.ts";
import { square } from "./square/adapter.ts";
import { tiktok } from "./tiktok/adapter.ts";
import { whatnot } from "./whatnot/adapter.ts";
import { woocommerce } from "./woocommerce/adapter.ts";

const adapters: ReadonlyMap<Platform, ChannelAdapter> = new Map(
  [shopify, woocommerce, amazon, ebay, tiktok, square, whatnot, csv].map((adapter) => [
    adapter.platform,
    adapter,
  ]),
);

/** @returns null where no adapter speaks to the platform. */
export function channelAdapter(platform: Platform): ChannelAdapter | null {
  return adapters.get(platform) ?? null;
}
