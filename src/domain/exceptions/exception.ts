type ExceptionType = { readonly title: string; readonly whatToDo: string };

/** Everything that stops until a person looks at it, and what that person does. A new kind does not compile without it. */
export const exceptionTypes = {
  capture_declined: {
    title: "A capture was declined",
    whatToDo:
      "The goods have left, or are about to. Ask the buyer for another way to pay, or take the goods back.",
  },
  refund_failed: {
    title: "A refund failed",
    whatToDo:
      "The buyer is still owed the amount. Look at the payment at the provider, then refund again or pay it back another way.",
  },
  payment_quarantined: {
    title: "A payment does not fit its order",
    whatToDo:
      "Its amount or currency is not what the order asked for, so it was not counted. Give it back at the provider, or settle the difference with the buyer.",
  },
  payment_unmatched: {
    title: "A payment has no order",
    whatToDo: "Money arrived for an order that is not there. Give it back at the provider.",
  },
  chargeback: {
    title: "A payment is disputed",
    whatToDo: "Answer the dispute at the provider before its deadline, with the proof of delivery.",
  },
  change_unavailable: {
    title: "Units of a change are gone",
    whatToDo: "Somebody was faster. Receive more, or change the order again without them.",
  },
  short_pick: {
    title: "Units were not found",
    whatToDo: "Count the location. The order was planned again for what is missing.",
  },
  address_undeliverable: {
    title: "An address cannot be delivered to",
    whatToDo: "Ask the buyer for the right address and change the order, or cancel it.",
  },
  carrier_refused: {
    title: "A carrier refused a parcel",
    whatToDo: "Read the carrier's reason, mend what it names, and buy the label again.",
  },
  label_not_voided: {
    title: "A label was not taken back",
    whatToDo: "Read the carrier's reason, and ask the carrier for the money of the label that nobody uses.",
  },
  connection_down: {
    title: "An outside system does not answer",
    whatToDo:
      "Calls wait and are made again by themselves. Look at the connection's last error: keys that ran out have to be replaced.",
  },
  carrier_gave_up: {
    title: "A parcel got no answer from its carrier",
    whatToDo:
      "The carrier did not answer for too long. Once it does, replay the dead letter, or choose another carrier for the parcel.",
  },
  stock_shortfall: {
    title: "A channel's order has no stock",
    whatToDo:
      "Bring the units in, and the order goes on by itself; or cancel the order, and the channel is told.",
  },
  counter_sale_unbacked: {
    title: "A till sold what is not on its shelf",
    whatToDo:
      "Count the SKU at this location: the units left over the counter, and others were promised them.",
  },
  channel_disconnected: {
    title: "A channel took our access away",
    whatToDo: "Connect it again and set its secrets, or remove the connection if it is meant to end.",
  },
  channel_order_refused: {
    title: "A channel's order was not taken",
    whatToDo:
      "Read the reason, match the SKU or mend the connection's settings, then have the order taken again.",
  },
  channel_order_conflict: {
    title: "A channel changed an order that has moved on",
    whatToDo:
      "Compare the order here with the channel's: stop or take back the parcel, or settle the difference with the buyer.",
  },
  channel_refused: {
    title: "A channel refused an update",
    whatToDo: "Read the channel's reason, mend what it names, and send the update again.",
  },
  rule_notice: {
    title: "A rule asks for a person",
    whatToDo: "Read the rule's note, look at what it is about, and resolve this.",
  },
  backorder_overdue: {
    title: "A backorder is overdue",
    whatToDo:
      "Units waited for stock longer than the routing plan allows, and part of the order has left. Refund what is missing, or wait on purpose.",
  },
  fulfillment_stuck: {
    title: "A fulfillment order is not getting on",
    whatToDo: "Nobody picked or packed it for two days. Ask the location, or have it reject the order.",
  },
  message_failed: {
    title: "A message did not reach its buyer",
    whatToDo:
      "Read the provider's reason. Mend the address or the brand's sender and have the message sent again, or tell the buyer another way.",
  },
  mail_misconfigured: {
    title: "The mail provider does not let us send",
    whatToDo:
      "Look at its key, at the brand's sender and at its domain there. Messages wait for a day and go out once it is mended.",
  },
  webhook_endpoint_disabled: {
    title: "A webhook endpoint was disabled",
    whatToDo:
      "It said that it is gone, or answered nothing well for three days. Mend it, enable it again, and replay what it missed.",
  },
} as const satisfies Record<string, ExceptionType>;

export type ExceptionKind = keyof typeof exceptionTypes;
export const exceptionKinds = Object.keys(exceptionTypes) as [ExceptionKind, ...Array<ExceptionKind>];

export const exceptionStatuses = ["open", "resolved"] as const;
export type ExceptionStatus = (typeof exceptionStatuses)[number];
