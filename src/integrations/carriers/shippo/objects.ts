import * as z from "zod";

/** What is read of Shippo's answers; the rest may change as it likes. */
export const rateSchema = z.looseObject({
  object_id: z.string(),
  provider: z.string(),
  amount: z.string(),
  currency: z.string(),
  servicelevel: z.looseObject({ name: z.string().nullish(), token: z.string().nullish() }),
  // Newer versions say `estimated_days`.
  estimated_days: z.number().nullish(),
  days: z.number().nullish(),
});
export type ShippoRate = z.infer<typeof rateSchema>;

export const shipmentSchema = z.looseObject({
  object_id: z.string(),
  status: z.string().nullish(),
  rates: z.array(rateSchema).nullish(),
});

export const ratesSchema = z.looseObject({ results: z.array(rateSchema) });

export const transactionSchema = z.looseObject({
  object_id: z.string(),
  object_created: z.string(),
  status: z.string(),
  /** Its id, or all of it. */
  rate: z.union([z.string(), z.looseObject({ object_id: z.string() })]).nullish(),
  tracking_number: z.string().nullish(),
  label_url: z.string().nullish(),
  metadata: z.string().nullish(),
  messages: z.array(z.looseObject({ code: z.string().nullish() })).nullish(),
});
export type ShippoTransaction = z.infer<typeof transactionSchema>;

export const transactionsSchema = z.looseObject({
  next: z.string().nullish(),
  results: z.array(transactionSchema),
});

export const refundSchema = z.looseObject({ status: z.string() });

const trackingEventSchema = z.looseObject({
  status: z.string(),
  // A code in newer versions, an object with one in the newest.
  substatus: z.union([z.string(), z.looseObject({ code: z.string().nullish() })]).nullish(),
  status_details: z.string().nullish(),
  status_date: z.string().nullish(),
});
export type ShippoTrackingEvent = z.infer<typeof trackingEventSchema>;

export const trackSchema = z.looseObject({
  tracking_number: z.string(),
  tracking_status: trackingEventSchema.nullish(),
  tracking_history: z.array(trackingEventSchema).nullish(),
});

export const eventSchema = z.looseObject({
  event: z.string(),
  test: z.boolean().nullish(),
  data: z.looseObject({}),
});

export const addressSchema = z.looseObject({
  street1: z.string().nullish(),
  street2: z.string().nullish(),
  city: z.string().nullish(),
  state: z.string().nullish(),
  zip: z.string().nullish(),
  validation_results: z
    .looseObject({
      is_valid: z.boolean().nullish(),
      messages: z.array(z.looseObject({ code: z.string().nullish(), type: z.string().nullish() })).nullish(),
    })
    .nullish(),
});
