import * as z from "zod";

const amountSchema = z.union([z.number(), z.string()]);

const ratedSchema = z.looseObject({
  rateType: z.string(),
  totalNetCharge: amountSchema,
  currency: z.string().nullish(),
});

const rateReplySchema = z.looseObject({
  serviceType: z.string(),
  serviceName: z.string().nullish(),
  commit: z
    .looseObject({ transitDays: z.looseObject({ minimumTransitTime: z.string().nullish() }).nullish() })
    .nullish(),
  operationalDetail: z.looseObject({ transitTime: z.string().nullish() }).nullish(),
  ratedShipmentDetails: z.array(ratedSchema).min(1),
});
export type FedExRate = z.infer<typeof rateReplySchema>;

export const ratesSchema = z.looseObject({
  output: z.looseObject({ rateReplyDetails: z.array(rateReplySchema) }),
});

export const shippedSchema = z.looseObject({
  output: z.looseObject({
    transactionShipments: z
      .array(
        z.looseObject({
          masterTrackingNumber: z.string(),
          serviceName: z.string().nullish(),
          pieceResponses: z
            .array(
              z.looseObject({
                trackingNumber: z.string(),
                packageDocuments: z
                  .array(
                    z.looseObject({ contentType: z.string().nullish(), encodedLabel: z.string().nullish() }),
                  )
                  .nullish(),
              }),
            )
            .min(1),
        }),
      )
      .min(1),
  }),
});

export const canceledSchema = z.looseObject({
  output: z.looseObject({ cancelledShipment: z.boolean() }),
});

const scanSchema = z.looseObject({
  date: z.string().nullish(),
  eventType: z.string().nullish(),
  derivedStatusCode: z.string().nullish(),
  eventDescription: z.string().nullish(),
});
export type FedExScan = z.infer<typeof scanSchema>;

export const trackedSchema = z.looseObject({
  output: z.looseObject({
    completeTrackResults: z.array(
      z.looseObject({
        trackingNumber: z.string().nullish(),
        trackResults: z.array(
          z.looseObject({
            trackingNumberInfo: z.looseObject({ trackingNumber: z.string().nullish() }).nullish(),
            latestStatusDetail: z.looseObject({ code: z.string().nullish() }).nullish(),
            scanEvents: z.array(scanSchema).nullish(),
            error: z.looseObject({ code: z.string() }).nullish(),
          }),
        ),
      }),
    ),
  }),
});

export const checkedSchema = z.looseObject({
  output: z.looseObject({
    resolvedAddresses: z
      .array(
        z.looseObject({
          streetLinesToken: z.array(z.string()).nullish(),
          city: z.string().nullish(),
          stateOrProvinceCode: z.string().nullish(),
          postalCode: z.string().nullish(),
          // Texts in what they send, booleans in what they document.
          attributes: z.record(z.string(), z.union([z.string(), z.boolean()])).nullish(),
          customerMessages: z.array(z.looseObject({ code: z.string().nullish() })).nullish(),
        }),
      )
      .min(1),
  }),
});

export const failureSchema = z.looseObject({ errors: z.array(z.looseObject({ code: z.string() })).min(1) });
