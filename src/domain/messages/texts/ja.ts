import type { MessageTexts } from "./texts.ts";

export const japanese: MessageTexts = {
  templates: {
    order_confirmation: {
      subject: "【{brand_name}】ご注文 {order_number} を承りました",
      heading: "ご注文ありがとうございます",
      intro: "ご注文 {order_number} を承り、発送の準備をしております。発送時に改めてご連絡いたします。",
    },
    backorder: {
      subject: "ご注文 {order_number} の一部に入荷待ちがあります",
      heading: "一部の商品が入荷待ちです",
      intro:
        "ご注文 {order_number} の一部が入荷待ちとなっております。お客様の分は確保しており、入荷次第発送いたします。ほかの商品は先に発送いたします。",
    },
    preorder: {
      subject: "ご予約 {order_number}:{date} 以降に発送予定です",
      heading: "ご予約を承りました",
      intro: "ご注文 {order_number} は発売後に発送いたします。{date} 以降の予定です。",
    },
    shipped: {
      subject: "ご注文 {order_number} を発送しました",
      heading: "お荷物を発送しました",
      intro: "ご注文 {order_number} の全部または一部を、本日配送会社に引き渡しました。",
    },
    out_for_delivery: {
      subject: "ご注文 {order_number} は本日お届け予定です",
      heading: "お荷物を配達中です",
      intro: "ご注文 {order_number} のお荷物は配達中で、本日お届けの予定です。",
    },
    delivered: {
      subject: "ご注文 {order_number} をお届けしました",
      heading: "お荷物をお届けしました",
      intro:
        "配送会社より、ご注文 {order_number} のお荷物の配達完了の連絡がありました。お手元にない場合は、このメールにご返信ください。",
    },
    review_request: {
      subject: "商品はいかがでしたか",
      heading: "商品はいかがでしたか",
      intro: "ご注文 {order_number} のお届けから数日が経ちました。ぜひご感想をお聞かせください。",
    },
    return_requested: {
      subject: "ご注文 {order_number} の返品について",
      heading: "返品のお申し込みを承りました",
      intro: "内容を確認のうえ、ご連絡いたします。まだ商品を返送なさらないでください。",
    },
    return_approved: {
      subject: "ご注文 {order_number} の返品を承認しました",
      heading: "商品をご返送ください",
      intro: "下記の商品をしっかり梱包し、返品が完了するまで送り状の控えを保管してください。",
    },
    return_declined: {
      subject: "ご注文 {order_number} の返品について",
      heading: "返品をお受けできません",
      intro: "ご注文 {order_number} の返品のお申し込みを確認いたしましたが、お受けできません。",
    },
    return_received: {
      subject: "ご注文 {order_number} の返品が届きました",
      heading: "返品が届きました",
      intro: "お荷物を受け取り、内容を確認しております。確認後にご連絡いたします。",
    },
    return_resolved: {
      subject: "ご注文 {order_number} の返品手続きが完了しました",
      heading: "返品手続きが完了しました",
      intro: "ご注文 {order_number} の返品を確認いたしました。",
    },
    refund: {
      subject: "ご注文 {order_number} について {amount} を返金しました",
      heading: "返金の手続きをしました",
      intro:
        "ご注文 {order_number} について、お支払いいただいた方法に {amount} を返金いたしました。反映まで 10 日ほどかかることがあります。",
    },
    order_canceled: {
      subject: "ご注文 {order_number} をキャンセルしました",
      heading: "ご注文をキャンセルしました",
      intro: "ご注文 {order_number} はキャンセルされ、商品は発送されません。",
    },
    order_changed: {
      subject: "ご注文 {order_number} を変更しました",
      heading: "ご注文を変更しました",
      intro: "ご注文 {order_number} の現在の内容です。",
    },
    waitlist_offer: {
      subject: "お待たせしました:{item}",
      heading: "ご購入いただけます",
      intro: "お待ちいただいた {item} の順番が来ました。{date} まで {quantity} 点を確保しております。",
    },
  },
  labels: {
    greeting: "お客様",
    greetingNamed: "{customer_name} 様",
    customer: "お客様",
    items: "ご注文内容",
    waiting: "入荷待ちの商品",
    parcel: "このお荷物の内容",
    returned: "返品の内容",
    subtotal: "小計",
    discount: "割引",
    shipping: "送料",
    tax: "税",
    total: "合計",
    shipTo: "お届け先",
    order: "ご注文番号",
    placedOn: "ご注文日",
    carrier: "配送会社",
    trackingNumber: "追跡番号",
    from: "{date} 以降",
    noDate: "入荷日未定",
    reason: "理由",
    instructions: "返送方法",
    paidBack: "返金額",
    owed: "お支払い残額",
    until: "確保期限",
    viewOrder: "注文を確認する",
    trackParcel: "荷物を追跡する",
    rate: "レビューを書く",
    pay: "{amount} を支払う",
    claim: "今すぐ購入する",
    printLabel: "返品ラベルを印刷する",
    becauseOrder: "ご注文について {brand_name} よりお送りしています。",
    becauseWaitlist: "このメールは、順番が来たときの通知をご希望の方にお送りしています。",
    optOut: "この種類のメールを停止する",
    optOutAsk: "レビューのお願いやご案内のメールを停止しますか。ご注文に関するメールは引き続きお送りします。",
    optOutDone: "停止しました。今後はご注文に関するメールのみお送りします。",
    optOutUnknown: "リンクが不完全です。メールからもう一度開いてください。",
  },
  sentences: {
    canceledMoney:
      "お支払いいただいた金額は、同じ方法で返金いたします。与信枠のみ確保されている場合は、数日以内に解放されます。",
    changeOwed: "{amount} のお支払いが残っています。お支払い後に手続きを進めます。",
    changeBack: "{amount} をお支払いいただいた方法に返金いたします。",
    outcomeRefund: "{amount} をお支払いいただいた方法に返金いたします。",
    outcomeStoreCredit: "{amount} を当店のクレジットとして付与いたしました。",
    outcomeExchange: "交換の商品を発送いたします。",
    outcomeReplacement: "同じ商品を無償で再送いたします。",
    labelAttached: "下記のラベルをお使いください。返送料は当店が負担いたします。",
  },
};
