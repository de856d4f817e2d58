import type { MessageTexts } from "./texts.ts";

export const spanish: MessageTexts = {
  templates: {
    order_confirmation: {
      subject: "Tu pedido {order_number} en {brand_name}",
      heading: "Gracias por tu pedido",
      intro: "Hemos recibido tu pedido {order_number} y lo estamos preparando. Te escribiremos cuando salga.",
    },
    backorder: {
      subject: "Una parte del pedido {order_number} tardará más",
      heading: "Todavía nos falta algo",
      intro:
        "Esperamos una parte de tu pedido {order_number}. Está reservada para ti y saldrá en cuanto llegue; el resto no la espera.",
    },
    preorder: {
      subject: "Tu reserva {order_number}: a partir del {date}",
      heading: "Tu reserva está hecha",
      intro: "Enviaremos tu pedido {order_number} cuando salga a la venta, previsto a partir del {date}.",
    },
    shipped: {
      subject: "El pedido {order_number} está en camino",
      heading: "Tu paquete ha salido",
      intro: "Hoy entregamos al transportista tu pedido {order_number} o una parte de él.",
    },
    out_for_delivery: {
      subject: "El pedido {order_number} llega hoy",
      heading: "Tu paquete está en reparto",
      intro: "El transportista lleva tu paquete del pedido {order_number} y prevé entregarlo hoy.",
    },
    delivered: {
      subject: "El pedido {order_number} se ha entregado",
      heading: "Tu paquete se ha entregado",
      intro:
        "Según el transportista, tu paquete del pedido {order_number} se ha entregado. Si no lo tienes, responde a este mensaje.",
    },
    review_request: {
      subject: "¿Qué te parece?",
      heading: "¿Qué te parece?",
      intro:
        "Tienes tu pedido {order_number} desde hace unos días. A otras personas les gustaría saber qué opinas.",
    },
    return_requested: {
      subject: "Tu devolución del pedido {order_number}",
      heading: "Tenemos tu solicitud de devolución",
      intro: "La revisaremos y te escribiremos. Por favor, no devuelvas nada todavía.",
    },
    return_approved: {
      subject: "Tu devolución del pedido {order_number} está aprobada",
      heading: "Puedes devolverlo",
      intro: "Embala bien los artículos de abajo y guarda el recibo hasta que la devolución termine.",
    },
    return_declined: {
      subject: "Tu devolución del pedido {order_number}",
      heading: "No podemos aceptar esta devolución",
      intro: "Hemos revisado tu solicitud de devolución del pedido {order_number} y no podemos aceptarla.",
    },
    return_received: {
      subject: "Tu devolución del pedido {order_number} ha llegado",
      heading: "Tu devolución ha llegado",
      intro: "Tenemos tu paquete y estamos revisando el contenido. Después te escribiremos.",
    },
    return_resolved: {
      subject: "Tu devolución del pedido {order_number} ha terminado",
      heading: "Tu devolución ha terminado",
      intro: "Hemos revisado tu devolución del pedido {order_number}.",
    },
    refund: {
      subject: "{amount} de vuelta por el pedido {order_number}",
      heading: "Tu reembolso está en camino",
      intro:
        "Te hemos devuelto {amount} por tu pedido {order_number}, con el mismo medio de pago. Los bancos tardan hasta diez días en mostrarlo.",
    },
    order_canceled: {
      subject: "El pedido {order_number} se ha cancelado",
      heading: "Tu pedido se ha cancelado",
      intro: "El pedido {order_number} se ha cancelado y no se enviará nada de él.",
    },
    order_changed: {
      subject: "El pedido {order_number} ha cambiado",
      heading: "Tu pedido ha cambiado",
      intro: "Así queda ahora tu pedido {order_number}.",
    },
    waitlist_offer: {
      subject: "Es tu turno: {item}",
      heading: "Es tu turno",
      intro: "Eras la siguiente persona en la lista para {item}. Te guardamos {quantity} hasta el {date}.",
    },
  },
  labels: {
    greeting: "Hola:",
    greetingNamed: "Hola, {customer_name}:",
    customer: "cliente",
    items: "Tu pedido",
    waiting: "Aún no ha llegado",
    parcel: "En este paquete",
    returned: "Tu devolución",
    subtotal: "Subtotal",
    discount: "Descuento",
    shipping: "Envío",
    tax: "Impuestos",
    total: "Total",
    shipTo: "Dirección de entrega",
    order: "Pedido",
    placedOn: "Hecho el",
    carrier: "Transportista",
    trackingNumber: "Número de seguimiento",
    from: "a partir del {date}",
    noDate: "fecha aún desconocida",
    reason: "Motivo",
    instructions: "Cómo devolverlo",
    paidBack: "Devuelto",
    owed: "Pendiente de pago",
    until: "Reservado hasta",
    viewOrder: "Ver el pedido",
    trackParcel: "Seguir el paquete",
    rate: "Escribir una opinión",
    pay: "Pagar {amount}",
    claim: "Comprar ahora",
    printLabel: "Imprimir la etiqueta de devolución",
    becauseOrder: "{brand_name} te escribe por tu pedido.",
    becauseWaitlist: "Recibes este mensaje porque pediste que te avisáramos de tu turno.",
    optOut: "No recibir más mensajes de este tipo",
    optOutAsk:
      "¿Dejamos de enviarte peticiones de opinión, ofertas y similares? Seguiremos escribiéndote sobre tus pedidos.",
    optOutDone: "Hecho. A partir de ahora solo te escribiremos sobre tus pedidos.",
    optOutUnknown: "Este enlace no está completo. Ábrelo de nuevo desde el mensaje.",
  },
  sentences: {
    canceledMoney:
      "Lo que pagaste vuelve por el mismo medio de pago. Si el importe solo estaba retenido, tu banco lo libera en unos días.",
    changeOwed: "Quedan {amount} por pagar. El pedido sigue en cuanto se paguen.",
    changeBack: "Te devolvemos {amount} por el mismo medio de pago.",
    outcomeRefund: "Te devolvemos {amount} por el mismo medio de pago.",
    outcomeStoreCredit: "Hemos abonado {amount} en tu cuenta con nosotros.",
    outcomeExchange: "Te enviamos lo que elegiste en su lugar.",
    outcomeReplacement: "Te enviamos lo mismo otra vez, sin coste.",
    labelAttached: "Usa la etiqueta de abajo: la devolución está pagada.",
  },
};
