import type { MessageTexts } from "./texts.ts";

export const french: MessageTexts = {
  templates: {
    order_confirmation: {
      subject: "Votre commande {order_number} chez {brand_name}",
      heading: "Merci pour votre commande",
      intro:
        "Nous avons bien reçu votre commande {order_number} et la préparons. Nous vous écrirons dès son départ.",
    },
    backorder: {
      subject: "Une partie de la commande {order_number} prendra plus de temps",
      heading: "Il nous manque encore quelque chose",
      intro:
        "Nous attendons une partie de votre commande {order_number}. Elle vous est réservée et partira dès son arrivée ; le reste ne l’attend pas.",
    },
    preorder: {
      subject: "Votre précommande {order_number} : à partir du {date}",
      heading: "Votre précommande est réservée",
      intro: "Nous enverrons votre commande {order_number} à sa sortie, prévue à partir du {date}.",
    },
    shipped: {
      subject: "La commande {order_number} est en route",
      heading: "Votre colis est parti",
      intro: "Tout ou partie de votre commande {order_number} a été remis au transporteur aujourd’hui.",
    },
    out_for_delivery: {
      subject: "La commande {order_number} arrive aujourd’hui",
      heading: "Votre colis est en cours de livraison",
      intro:
        "Le transporteur a chargé votre colis de la commande {order_number} et prévoit de le livrer aujourd’hui.",
    },
    delivered: {
      subject: "La commande {order_number} a été livrée",
      heading: "Votre colis a été livré",
      intro:
        "Selon le transporteur, votre colis de la commande {order_number} a été livré. Si vous ne l’avez pas, répondez à ce message.",
    },
    review_request: {
      subject: "Qu’en pensez-vous ?",
      heading: "Qu’en pensez-vous ?",
      intro:
        "Vous avez votre commande {order_number} depuis quelques jours. D’autres aimeraient savoir ce que vous en pensez.",
    },
    return_requested: {
      subject: "Votre retour pour la commande {order_number}",
      heading: "Nous avons votre demande de retour",
      intro: "Nous l’examinons et vous écrirons. Merci de ne rien renvoyer pour l’instant.",
    },
    return_approved: {
      subject: "Votre retour pour la commande {order_number} est accepté",
      heading: "Vous pouvez le renvoyer",
      intro: "Emballez bien les articles ci-dessous et gardez le reçu jusqu’à la fin du retour.",
    },
    return_declined: {
      subject: "Votre retour pour la commande {order_number}",
      heading: "Nous ne pouvons pas reprendre cet article",
      intro:
        "Nous avons examiné votre demande de retour pour la commande {order_number} et ne pouvons pas l’accepter.",
    },
    return_received: {
      subject: "Votre retour pour la commande {order_number} est arrivé",
      heading: "Votre retour est arrivé",
      intro: "Nous avons votre colis et vérifions son contenu. Nous vous écrirons ensuite.",
    },
    return_resolved: {
      subject: "Votre retour pour la commande {order_number} est réglé",
      heading: "Votre retour est réglé",
      intro: "Nous avons examiné votre retour pour la commande {order_number}.",
    },
    refund: {
      subject: "{amount} remboursés pour la commande {order_number}",
      heading: "Votre remboursement est en route",
      intro:
        "Nous avons remboursé {amount} pour votre commande {order_number}, par le même moyen de paiement. Les banques l’affichent sous dix jours.",
    },
    order_canceled: {
      subject: "La commande {order_number} a été annulée",
      heading: "Votre commande a été annulée",
      intro: "La commande {order_number} a été annulée ; rien n’en sera envoyé.",
    },
    order_changed: {
      subject: "La commande {order_number} a été modifiée",
      heading: "Votre commande a été modifiée",
      intro: "Voici votre commande {order_number} telle qu’elle est maintenant.",
    },
    waitlist_offer: {
      subject: "C’est votre tour : {item}",
      heading: "C’est votre tour",
      intro:
        "Vous étiez la prochaine personne pour {item}. Nous en gardons {quantity} pour vous jusqu’au {date}.",
    },
  },
  labels: {
    greeting: "Bonjour,",
    greetingNamed: "Bonjour {customer_name},",
    customer: "client ou cliente",
    items: "Votre commande",
    waiting: "Pas encore arrivé",
    parcel: "Dans ce colis",
    returned: "Votre retour",
    subtotal: "Sous-total",
    discount: "Remise",
    shipping: "Livraison",
    tax: "Taxes",
    total: "Total",
    shipTo: "Adresse de livraison",
    order: "Commande",
    placedOn: "Passée le",
    carrier: "Transporteur",
    trackingNumber: "Numéro de suivi",
    from: "à partir du {date}",
    noDate: "date pas encore connue",
    reason: "Motif",
    instructions: "Comment le renvoyer",
    paidBack: "Remboursé",
    owed: "Reste à payer",
    until: "Réservé jusqu’au",
    viewOrder: "Voir la commande",
    trackParcel: "Suivre le colis",
    rate: "Donner un avis",
    pay: "Payer {amount}",
    claim: "Acheter maintenant",
    printLabel: "Imprimer l’étiquette de retour",
    becauseOrder: "{brand_name} vous écrit au sujet de votre commande.",
    becauseWaitlist: "Vous recevez ce message parce que vous avez demandé à être prévenu de votre tour.",
    optOut: "Ne plus recevoir ces messages",
    optOutAsk:
      "Voulez-vous ne plus recevoir de demandes d’avis, d’offres et autres ? Nous vous écrirons toujours au sujet de vos commandes.",
    optOutDone: "C’est fait. Nous ne vous écrirons plus qu’au sujet de vos commandes.",
    optOutUnknown: "Ce lien est incomplet. Ouvrez-le de nouveau depuis le message.",
  },
  sentences: {
    canceledMoney:
      "Ce que vous avez payé vous est remboursé par le même moyen. Un montant seulement réservé est libéré par votre banque sous quelques jours.",
    changeOwed: "Il reste {amount} à payer. La commande reprend dès que c’est fait.",
    changeBack: "{amount} vous sont remboursés par le même moyen de paiement.",
    outcomeRefund: "Nous vous remboursons {amount} par le même moyen de paiement.",
    outcomeStoreCredit: "Nous avons crédité {amount} sur votre compte chez nous.",
    outcomeExchange: "Ce que vous avez choisi à la place vous est envoyé.",
    outcomeReplacement: "Nous vous envoyons le même article, sans frais.",
    labelAttached: "Utilisez l’étiquette ci-dessous : le retour est payé.",
  },
};
