/** Why a row is no part of an order. Each is explained in docs/import.md. */
export const rejectionReasons = [
  "row_malformed",
  "row_too_long",
  "order_missing",
  "order_too_large",
  "adjustment",
  "bank_charge",
  "marketplace_fee",
  "commission",
  "manual_entry",
  "sample",
  "kind_unknown",
  "sku_missing",
  "sku_invalid",
  "quantity_unreadable",
  "quantity_not_positive",
  "quantity_too_large",
  "cancellation_not_negative",
  "price_unreadable",
  "price_negative",
  "amount_unreadable",
  "amount_too_large",
  "date_missing",
  "date_unreadable",
  "currency_missing",
  "currency_unknown",
  "currency_differs",
  "order_open",
  "order_exists",
  "order_without_lines",
  "order_without_value",
  "repeated_row",
] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

/** What is worth a look, though the row was taken. */
export const warningCodes = [
  "repeated_row",
  "price_rounded",
  "title_missing",
  "customer_differs",
  "country_unknown",
  "email_unreadable",
  "discount_bounded",
  "refund_bounded",
  "cancellation_unmatched",
] as const;
export type WarningCode = (typeof warningCodes)[number];

export type Rejection = {
  readonly row: number;
  /** Order number and code as they stand in the file. */
  readonly reference: string;
  readonly reason: RejectionReason;
};
export type Warning = { readonly row: number; readonly reference: string; readonly code: WarningCode };

/** Rows that are named one by one. All are counted. */
export const REJECTIONS_MAX = 1000;
export const WARNINGS_MAX = 200;

/** Every row ends in exactly one of these. */
export const rowOutcomes = [
  "lines_created",
  "shipping_rows",
  "discount_rows",
  "cancellation_rows",
  "rejected",
  "unchanged",
] as const;
export type RowOutcome = (typeof rowOutcomes)[number];

export const effectCounts = [
  "orders_created",
  "orders_updated",
  "orders_unchanged",
  "canceled_orders",
  "returns_created",
  "unmatched_returns",
  "skus_created",
  /** Rows rejected in an earlier import that a later one made part of an order. */
  "late_lines",
] as const;
type EffectCount = (typeof effectCounts)[number];

export type ImportReport = { rows: number } & Record<RowOutcome | EffectCount, number> & {
    rejected_by_reason: Partial<Record<RejectionReason, number>>;
    rejections: Array<Rejection>;
    rejections_truncated: boolean;
    warnings_by_code: Partial<Record<WarningCode, number>>;
    warnings: Array<Warning>;
    warnings_truncated: boolean;
  };

export function emptyReport(): ImportReport {
  return {
    rows: 0,
    lines_created: 0,
    shipping_rows: 0,
    discount_rows: 0,
    cancellation_rows: 0,
    rejected: 0,
    unchanged: 0,
    orders_created: 0,
    orders_updated: 0,
    orders_unchanged: 0,
    canceled_orders: 0,
    returns_created: 0,
    unmatched_returns: 0,
    skus_created: 0,
    late_lines: 0,
    rejected_by_reason: {},
    rejections: [],
    rejections_truncated: false,
    warnings_by_code: {},
    warnings: [],
    warnings_truncated: false,
  };
}

/** Whether each row is accounted for. */
export function addsUp(report: ImportReport): boolean {
  const outcomes = rowOutcomes.reduce((sum, outcome) => sum + report[outcome], 0);
  const reasons = Object.values(report.rejected_by_reason).reduce((sum, count) => sum + count, 0);
  return outcomes === report.rows && reasons === report.rejected;
}

export function noteRejection(report: ImportReport, rejection: Rejection): void {
  report.rejected += 1;
  report.rejected_by_reason[rejection.reason] = (report.rejected_by_reason[rejection.reason] ?? 0) + 1;
  if (report.rejections.length < REJECTIONS_MAX) report.rejections.push(rejection);
  else report.rejections_truncated = true;
}

export function noteWarning(report: ImportReport, warning: Warning): void {
  report.warnings_by_code[warning.code] = (report.warnings_by_code[warning.code] ?? 0) + 1;
  if (report.warnings.length < WARNINGS_MAX) report.warnings.push(warning);
  else report.warnings_truncated = true;
}

/**
 * Adds the report of the next part of a file to what came before.
 *
 * @param rowsBefore - What has to be added to the part's row numbers.
 */
export function mergeReport(whole: ImportReport, part: ImportReport, rowsBefore: number): void {
  whole.rows += part.rows;
  for (const count of [...rowOutcomes, ...effectCounts]) whole[count] += part[count];
  for (const [reason, count] of entries(part.rejected_by_reason)) {
    whole.rejected_by_reason[reason] = (whole.rejected_by_reason[reason] ?? 0) + count;
  }
  for (const [code, count] of entries(part.warnings_by_code)) {
    whole.warnings_by_code[code] = (whole.warnings_by_code[code] ?? 0) + count;
  }
  const renumber = <Note extends { readonly row: number }>(notes: ReadonlyArray<Note>): Array<Note> =>
    notes.map((note) => ({ ...note, row: note.row + rowsBefore }));
  const rejections = [...whole.rejections, ...renumber(part.rejections)];
  const warnings = [...whole.warnings, ...renumber(part.warnings)];
  whole.rejections_truncated ||= part.rejections_truncated || rejections.length > REJECTIONS_MAX;
  whole.warnings_truncated ||= part.warnings_truncated || warnings.length > WARNINGS_MAX;
  whole.rejections = rejections.slice(0, REJECTIONS_MAX);
  whole.warnings = warnings.slice(0, WARNINGS_MAX);
}

function entries<Key extends string>(counts: Partial<Record<Key, number>>): Array<[Key, number]> {
  return Object.entries(counts) as Array<[Key, number]>;
}
