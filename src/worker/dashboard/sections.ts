import type { Scope } from "../../contract/operation.ts";
import type { IconName } from "./components/icon.tsx";

/** The parts of the dashboard, in the order of the day. Each is shown to who may read what it shows. */
export const sections = [
  { path: "/admin", label: "Now", icon: "pulse", scope: "ops:read" },
  { path: "/admin/orders", label: "Orders", icon: "bag", scope: "orders:read" },
  { path: "/admin/stock", label: "Stock", icon: "boxes", scope: "stock:read" },
  { path: "/admin/shows", label: "Shows", icon: "play", scope: "shows:read" },
  { path: "/admin/fulfillment", label: "Fulfilment", icon: "truck", scope: "fulfillment:read" },
  { path: "/admin/settings", label: "Settings", icon: "sliders", scope: "catalogue:read" },
] as const satisfies ReadonlyArray<{ path: string; label: string; icon: IconName; scope: Scope }>;

/** Whether a page is within a section. */
export function isWithin(section: string, path: string): boolean {
  const [pathname = ""] = path.split("?");
  return section === "/admin" ? pathname === section : `${pathname}/`.startsWith(`${section}/`);
}
