import type { ProblemType } from "./problem.ts";

/** What is refused to people with scanners and cartons. */
export const warehouseProblemTypes = {
  item_not_wanted: {
    status: 409,
    title: "This item is not wanted",
    detail:
      "No list that is being picked has it. Put it back. `sku` is what it is, where the catalogue knows.",
  },
  item_too_many: {
    status: 409,
    title: "That is more than is wanted",
    detail: "`wanted` units are asked for and `scanned` are there already; nothing was counted.",
  },
  pick_incomplete: {
    status: 409,
    title: "Something is still to be picked",
    detail: "`missing` says what. Scan it, or finish with `missing: reroute` where it is not there.",
  },
  nothing_to_do: {
    status: 409,
    title: "There is nothing to do",
    detail: "No pick list or parcel waits for this.",
  },
  barcode_unknown: {
    status: 422,
    title: "Unknown barcode",
    detail: "The catalogue has neither a SKU nor a barcode like this.",
  },
  parcel_size_unknown: {
    status: 422,
    title: "Unknown parcel size",
    detail: "There is no parcel size of this code.",
  },
} as const satisfies Record<string, ProblemType>;
