import type { MessageTexts } from "./texts.ts";

export const german: MessageTexts = {
  templates: {
    order_confirmation: {
      subject: "Deine Bestellung {order_number} bei {brand_name}",
      heading: "Danke für deine Bestellung",
      intro:
        "Deine Bestellung {order_number} ist bei uns eingegangen, und wir bereiten sie vor. Sobald sie unterwegs ist, melden wir uns.",
    },
    backorder: {
      subject: "Ein Teil der Bestellung {order_number} dauert länger",
      heading: "Etwas fehlt uns noch",
      intro:
        "Auf einen Teil deiner Bestellung {order_number} warten wir noch. Er ist für dich reserviert und geht los, sobald er da ist; der Rest wartet nicht darauf.",
    },
    preorder: {
      subject: "Deine Vorbestellung {order_number}: ab {date}",
      heading: "Deine Vorbestellung ist reserviert",
      intro:
        "Wir schicken deine Bestellung {order_number} los, sobald sie erscheint. Voraussichtlich ab {date}.",
    },
    shipped: {
      subject: "Bestellung {order_number} ist unterwegs",
      heading: "Dein Paket ist unterwegs",
      intro: "Deine Bestellung {order_number} oder ein Teil davon wurde heute dem Versanddienst übergeben.",
    },
    out_for_delivery: {
      subject: "Bestellung {order_number} kommt heute",
      heading: "Dein Paket wird heute zugestellt",
      intro:
        "Dein Paket zur Bestellung {order_number} ist im Zustellfahrzeug und soll heute bei dir ankommen.",
    },
    delivered: {
      subject: "Bestellung {order_number} wurde zugestellt",
      heading: "Dein Paket wurde zugestellt",
      intro:
        "Laut Versanddienst wurde dein Paket zur Bestellung {order_number} zugestellt. Hast du es nicht bekommen, antworte bitte auf diese Nachricht.",
    },
    review_request: {
      subject: "Wie gefällt es dir?",
      heading: "Wie gefällt es dir?",
      intro:
        "Deine Bestellung {order_number} ist nun ein paar Tage bei dir. Andere würden gern wissen, was du davon hältst.",
    },
    return_requested: {
      subject: "Deine Rückgabe zur Bestellung {order_number}",
      heading: "Wir haben deinen Rückgabewunsch",
      intro: "Wir sehen ihn uns an und schreiben dir. Bitte schicke noch nichts zurück.",
    },
    return_approved: {
      subject: "Deine Rückgabe zur Bestellung {order_number} ist bestätigt",
      heading: "Du kannst es zurückschicken",
      intro:
        "Bitte verpacke die Artikel unten gut und hebe den Beleg auf, bis deine Rückgabe abgeschlossen ist.",
    },
    return_declined: {
      subject: "Deine Rückgabe zur Bestellung {order_number}",
      heading: "Das können wir nicht zurücknehmen",
      intro:
        "Wir haben deinen Rückgabewunsch zur Bestellung {order_number} geprüft und können ihn nicht annehmen.",
    },
    return_received: {
      subject: "Deine Rückgabe zur Bestellung {order_number} ist da",
      heading: "Deine Rückgabe ist angekommen",
      intro: "Dein Paket ist bei uns, und wir prüfen den Inhalt. Danach melden wir uns.",
    },
    return_resolved: {
      subject: "Deine Rückgabe zur Bestellung {order_number} ist abgeschlossen",
      heading: "Deine Rückgabe ist abgeschlossen",
      intro: "Wir haben uns deine Rückgabe zur Bestellung {order_number} angesehen.",
    },
    refund: {
      subject: "{amount} zurück zur Bestellung {order_number}",
      heading: "Deine Erstattung ist unterwegs",
      intro:
        "Wir haben dir zur Bestellung {order_number} {amount} auf demselben Weg erstattet, auf dem du gezahlt hast. Banken brauchen bis zu zehn Tage, bis sie es anzeigen.",
    },
    order_canceled: {
      subject: "Bestellung {order_number} wurde storniert",
      heading: "Deine Bestellung wurde storniert",
      intro: "Die Bestellung {order_number} wurde storniert; es wird nichts davon verschickt.",
    },
    order_changed: {
      subject: "Bestellung {order_number} wurde geändert",
      heading: "Deine Bestellung wurde geändert",
      intro: "So sieht deine Bestellung {order_number} jetzt aus.",
    },
    waitlist_offer: {
      subject: "Du bist dran: {item}",
      heading: "Du bist dran",
      intro:
        "Du warst die nächste Person in der Reihe für {item}. Wir halten {quantity} für dich zurück, bis {date}.",
    },
  },
  labels: {
    greeting: "Hallo,",
    greetingNamed: "Hallo {customer_name},",
    customer: "Kundin oder Kunde",
    items: "Deine Bestellung",
    waiting: "Noch nicht da",
    parcel: "In diesem Paket",
    returned: "Deine Rückgabe",
    subtotal: "Zwischensumme",
    discount: "Rabatt",
    shipping: "Versand",
    tax: "Steuer",
    total: "Gesamt",
    shipTo: "Lieferadresse",
    order: "Bestellung",
    placedOn: "Bestellt am",
    carrier: "Versanddienst",
    trackingNumber: "Sendungsnummer",
    from: "ab {date}",
    noDate: "Termin noch offen",
    reason: "Grund",
    instructions: "So schickst du es zurück",
    paidBack: "Erstattet",
    owed: "Noch zu zahlen",
    until: "Reserviert bis",
    viewOrder: "Bestellung ansehen",
    trackParcel: "Paket verfolgen",
    rate: "Bewertung schreiben",
    pay: "{amount} zahlen",
    claim: "Jetzt kaufen",
    printLabel: "Rücksendeetikett drucken",
    becauseOrder: "{brand_name} schreibt dir wegen deiner Bestellung.",
    becauseWaitlist: "Du bekommst diese Nachricht, weil du Bescheid haben wolltest, wenn du dran bist.",
    optOut: "Keine solchen Nachrichten mehr",
    optOutAsk:
      "Sollen wir dir keine Bitten um Bewertungen, Angebote und Ähnliches mehr schicken? Zu deinen Bestellungen melden wir uns weiterhin.",
    optOutDone: "Erledigt. Ab jetzt melden wir uns nur noch zu deinen Bestellungen.",
    optOutUnknown: "Dieser Link ist nicht vollständig. Bitte öffne ihn noch einmal aus der Nachricht.",
  },
  sentences: {
    canceledMoney:
      "Was du gezahlt hast, geht auf demselben Weg zurück. Einen nur vorgemerkten Betrag gibt deine Bank in den nächsten Tagen frei.",
    changeOwed: "{amount} sind noch zu zahlen. Danach geht es mit der Bestellung weiter.",
    changeBack: "{amount} gehen auf demselben Weg an dich zurück.",
    outcomeRefund: "Wir erstatten dir {amount} auf demselben Weg, auf dem du gezahlt hast.",
    outcomeStoreCredit: "Wir haben dir {amount} als Guthaben gutgeschrieben.",
    outcomeExchange: "Was du stattdessen gewählt hast, schicken wir dir zu.",
    outcomeReplacement: "Wir schicken dir dasselbe noch einmal, ohne Kosten.",
    labelAttached: "Nimm das Etikett unten: Der Rückweg ist bezahlt.",
  },
};
