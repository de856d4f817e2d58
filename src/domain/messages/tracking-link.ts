/** Where carriers show their parcels, by a word in the carrier's or the service's name. */
const pages: ReadonlyArray<readonly [word: RegExp, before: string]> = [
  [/\bups\b/i, "https://www.ups.com/track?tracknum="],
  [/fedex/i, "https://www.fedex.com/fedextrack/?trknbr="],
  [/usps/i, "https://tools.usps.com/go/TrackConfirmAction?tLabels="],
  [/dhl/i, "https://www.dhl.com/global-en/home/tracking.html?tracking-id="],
  [/dpd/i, "https://tracking.dpd.de/status/en_US/parcel/"],
  [/\bgls\b/i, "https://gls-group.com/track/"],
  [/hermes|evri/i, "https://www.evri.com/track/parcel/"],
  [/royal ?mail/i, "https://www.royalmail.com/track-your-item#/tracking-results/"],
  [/colissimo|la ?poste|chronopost/i, "https://www.laposte.fr/outils/suivre-vos-envois?code="],
  [/correos/i, "https://www.correos.es/es/es/herramientas/localizador/envios/detalle?tracking-number="],
  [/yamato/i, "https://jizen.kuronekoyamato.co.jp/jizen/servlet/crjz.b.NQ0010?id="],
  [/sagawa/i, "https://k2k.sagawa-exp.co.jp/p/web/okurijosearch.do?okurijoNo="],
  [/japan ?post/i, "https://trackings.post.japanpost.jp/services/srv/search/direct?reqCodeNo1="],
];

/** The page on which a carrier shows a parcel; null where nobody knows one. */
export function trackingLink(carrier: string, service: string | null, trackingNumber: string): string | null {
  const named = `${carrier} ${service ?? ""}`.replaceAll("_", " ");
  const found = pages.find(([word]) => word.test(named));
  return found === undefined ? null : `${found[1]}${encodeURIComponent(trackingNumber)}`;
}
