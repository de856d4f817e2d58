import type { MessageTexts } from "./texts.ts";

export const english: MessageTexts = {
  templates: {
    order_confirmation: {
      subject: "Your order {order_number} at {brand_name}",
      heading: "Thank you for your order",
      intro:
        "We have your order {order_number} and are getting it ready. You will hear from us when it leaves.",
    },
    backorder: {
      subject: "Part of order {order_number} will take longer",
      heading: "Some of it is not here yet",
      intro:
        "We are waiting for part of your order {order_number}. It is reserved for you and leaves as soon as it arrives; the rest does not wait for it.",
    },
    preorder: {
      subject: "Your pre-order {order_number}: from {date}",
      heading: "Your pre-order is reserved",
      intro: "We will send your order {order_number} when it is released. We expect that from {date}.",
    },
    shipped: {
      subject: "Order {order_number} is on its way",
      heading: "Your parcel has left",
      intro: "Part or all of your order {order_number} was handed over to the carrier today.",
    },
    out_for_delivery: {
      subject: "Order {order_number} arrives today",
      heading: "Your parcel is out for delivery",
      intro: "The carrier has your parcel of order {order_number} in the van and plans to deliver it today.",
    },
    delivered: {
      subject: "Order {order_number} was delivered",
      heading: "Your parcel was delivered",
      intro:
        "The carrier says that your parcel of order {order_number} was delivered. If you do not have it, answer this message.",
    },
    review_request: {
      subject: "How do you like it?",
      heading: "How do you like it?",
      intro:
        "You have had your order {order_number} for a few days now. Others would like to know what you think of it.",
    },
    return_requested: {
      subject: "Your return for order {order_number}",
      heading: "We have your return request",
      intro: "We will look at it and write to you. Please do not send anything back yet.",
    },
    return_approved: {
      subject: "Your return for order {order_number} is approved",
      heading: "You can send it back",
      intro: "Please pack the items below well, and keep the receipt until your return is settled.",
    },
    return_declined: {
      subject: "Your return for order {order_number}",
      heading: "We cannot take this back",
      intro: "We have looked at your return request for order {order_number} and cannot accept it.",
    },
    return_received: {
      subject: "Your return for order {order_number} has arrived",
      heading: "Your return has arrived",
      intro: "We have your parcel and are checking what is in it. You will hear from us when that is done.",
    },
    return_resolved: {
      subject: "Your return for order {order_number} is settled",
      heading: "Your return is settled",
      intro: "We have looked into your return for order {order_number}.",
    },
    refund: {
      subject: "{amount} back for order {order_number}",
      heading: "Your refund is on its way",
      intro:
        "We have paid {amount} back for your order {order_number}, the way you paid. Banks take up to ten days to show it.",
    },
    order_canceled: {
      subject: "Order {order_number} was canceled",
      heading: "Your order was canceled",
      intro: "Order {order_number} was canceled, and nothing of it will be sent.",
    },
    order_changed: {
      subject: "Order {order_number} was changed",
      heading: "Your order was changed",
      intro: "This is your order {order_number} as it is now.",
    },
    waitlist_offer: {
      subject: "It is your turn: {item}",
      heading: "It is your turn",
      intro: "You were next in line for {item}. We are holding {quantity} for you until {date}.",
    },
  },
  labels: {
    greeting: "Hello,",
    greetingNamed: "Hello {customer_name},",
    customer: "customer",
    items: "Your order",
    waiting: "Not here yet",
    parcel: "In this parcel",
    returned: "Your return",
    subtotal: "Subtotal",
    discount: "Discount",
    shipping: "Shipping",
    tax: "Tax",
    total: "Total",
    shipTo: "Delivery address",
    order: "Order",
    placedOn: "Placed on",
    carrier: "Carrier",
    trackingNumber: "Tracking number",
    from: "from {date}",
    noDate: "date not known yet",
    reason: "Reason",
    instructions: "How to send it back",
    paidBack: "Paid back",
    owed: "Still to pay",
    until: "Held until",
    viewOrder: "View your order",
    trackParcel: "Track your parcel",
    rate: "Write a review",
    pay: "Pay {amount}",
    claim: "Buy it now",
    printLabel: "Print the return label",
    becauseOrder: "{brand_name} writes to you because of your order.",
    becauseWaitlist: "You receive this message because you asked to be told when it is your turn.",
    optOut: "No more messages of this kind",
    optOutAsk: "Shall we stop sending you reviews, offers and the like? You will still hear of your orders.",
    optOutDone: "Done. You will only hear of your orders from now on.",
    optOutUnknown: "This link is not complete. Please open it again from the message.",
  },
  sentences: {
    canceledMoney:
      "What you paid goes back the way you paid it. An amount that was only reserved is released by your bank within days.",
    changeOwed: "{amount} is still to be paid. The order goes on as soon as it is.",
    changeBack: "{amount} goes back to you, the way you paid.",
    outcomeRefund: "We are paying {amount} back to you, the way you paid.",
    outcomeStoreCredit: "We have put {amount} on your account with us.",
    outcomeExchange: "What you chose instead is being sent to you.",
    outcomeReplacement: "We are sending you the same again, at no cost.",
    labelAttached: "Use the label below: the way back is paid.",
  },
};
