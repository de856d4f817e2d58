import * as z from "zod";

/** What is read of EasyPost's answers; the rest may change as it likes. */
export const rateSchema = z.looseObject({
  id: z.string(),
  carrier: z.string(),
  service: z.string(),
  rate: z.string(),
  currency: z.string(),
  delivery_days: z.number().nullish(),
});
export type EasyPostRate = z.infer<typeof rateSchema>;

const postageLabelSchema = z.looseObject({
  label_url: z.string().nullish(),
  label_pdf_url: z.string().nullish(),
});

export const shipmentSchema = z.looseObject({
  id: z.string(),
  reference: z.string().nullish(),
  tracking_code: z.string().nullish(),
  refund_status: z.string().nullish(),
  rates: z.array(rateSchema).nullish(),
  selected_rate: rateSchema.nullish(),
  postage_label: postageLabelSchema.nullish(),
});
export type EasyPostShipment = z.infer<typeof shipmentSchema>;

export const trackerSchema = z.looseObject({
  tracking_code: z.string(),
  status: z.string(),
  shipment_id: z.string().nullish(),
  updated_at: z.string().nullish(),
  tracking_details: z
    .array(
      z.looseObject({
        status: z.string().nullish(),
        message: z.string().nullish(),
        datetime: z.string().nullish(),
      }),
    )
    .nullish(),
});

export const trackersSchema = z.looseObject({ trackers: z.array(trackerSchema) });

export const eventSchema = z.looseObject({
  description: z.string(),
  result: z.looseObject({ object: z.string() }).nullish(),
});

/** Their codes say what is wrong; their messages may quote an address. */
export const failureSchema = z.looseObject({ error: z.looseObject({ code: z.string() }) });

export const addressSchema = z.looseObject({
  street1: z.string().nullish(),
  city: z.string().nullish(),
  state: z.string().nullish(),
  zip: z.string().nullish(),
  verifications: z
    .looseObject({
      delivery: z
        .looseObject({
          success: z.boolean(),
          errors: z.array(z.looseObject({ code: z.string().nullish() })).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});
export type EasyPostAddress = z.infer<typeof addressSchema>;
