import * as z from "zod";

/** UPS sends one of a list as itself, and several as a list. */
const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z
    .union([z.array(item), item])
    .transform((value) => (Array.isArray(value) ? value : [value]) as Array<z.output<Item>>);

const chargeSchema = z.looseObject({ CurrencyCode: z.string(), MonetaryValue: z.string() });

const ratedShipmentSchema = z.looseObject({
  Service: z.looseObject({ Code: z.string() }),
  TotalCharges: chargeSchema,
  NegotiatedRateCharges: z.looseObject({ TotalCharge: chargeSchema.nullish() }).nullish(),
  GuaranteedDelivery: z.looseObject({ BusinessDaysInTransit: z.string().nullish() }).nullish(),
  TimeInTransit: z
    .looseObject({
      ServiceSummary: z
        .looseObject({
          EstimatedArrival: z.looseObject({ TotalTransitDays: z.string().nullish() }).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});
export type RatedShipment = z.infer<typeof ratedShipmentSchema>;

export const ratesSchema = z.looseObject({
  RateResponse: z.looseObject({ RatedShipment: oneOrMore(ratedShipmentSchema) }),
});

export const shippedSchema = z.looseObject({
  ShipmentResponse: z.looseObject({
    ShipmentResults: z.looseObject({
      ShipmentIdentificationNumber: z.string(),
      PackageResults: oneOrMore(z.looseObject({ TrackingNumber: z.string() })),
    }),
  }),
});

export const recoveredSchema = z.looseObject({
  LabelRecoveryResponse: z.looseObject({
    ShipmentIdentificationNumber: z.string().nullish(),
    LabelResults: oneOrMore(
      z.looseObject({
        TrackingNumber: z.string().nullish(),
        LabelImage: z.looseObject({ GraphicImage: z.string().nullish() }).nullish(),
      }),
    ),
  }),
});

export const voidedSchema = z.looseObject({
  VoidShipmentResponse: z.looseObject({
    SummaryResult: z.looseObject({ Status: z.looseObject({ Code: z.string() }) }),
  }),
});

const activitySchema = z.looseObject({
  status: z
    .looseObject({
      type: z.string().nullish(),
      code: z.string().nullish(),
      description: z.string().nullish(),
    })
    .nullish(),
  date: z.string().nullish(),
  time: z.string().nullish(),
  gmtDate: z.string().nullish(),
  gmtTime: z.string().nullish(),
});
export type UpsActivity = z.infer<typeof activitySchema>;

export const trackedSchema = z.looseObject({
  trackResponse: z.looseObject({
    shipment: z.array(
      z.looseObject({
        package: z
          .array(
            z.looseObject({
              trackingNumber: z.string().nullish(),
              activity: z.array(activitySchema).nullish(),
            }),
          )
          .nullish(),
      }),
    ),
  }),
});

export const checkedSchema = z.looseObject({
  XAVResponse: z.looseObject({
    // Empty elements: they are there, or they are not.
    ValidAddressIndicator: z.unknown(),
    AmbiguousAddressIndicator: z.unknown(),
    NoCandidatesIndicator: z.unknown(),
    Candidate: oneOrMore(
      z.looseObject({
        AddressKeyFormat: z.looseObject({
          AddressLine: oneOrMore(z.string()).nullish(),
          PoliticalDivision2: z.string().nullish(),
          PoliticalDivision1: z.string().nullish(),
          PostcodePrimaryLow: z.string().nullish(),
          PostcodeExtendedLow: z.string().nullish(),
        }),
      }),
    ).nullish(),
  }),
});

export const failureSchema = z.looseObject({
  response: z.looseObject({ errors: z.array(z.looseObject({ code: z.coerce.string() })).min(1) }),
});
