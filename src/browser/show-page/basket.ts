import type { ClientProblem } from "../../client/contract.ts";

type Line = { readonly sku: string; readonly title: string; readonly amount: number; quantity: number };
type CheckOut = (
  lines: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>,
) => Promise<ClientProblem | null>;

const element = (id: string) => document.getElementById(id);

/** A basket is a wish of the page until its checkout, which holds all of it or none. */
export function startBasket(checkOut: CheckOut): void {
  const lines = new Map<string, Line>();
  let isBusy = false;
  const show = (notice = "") => {
    const all = [...lines.values()];
    const count = all.reduce((sum, { quantity }) => sum + quantity, 0);
    const total = all.reduce((sum, { quantity, amount }) => sum + quantity * amount, 0);
    write("basket-count", count === 1 ? "1 item" : `${count} items`);
    write(
      "basket-total",
      new Intl.NumberFormat("en", { style: "currency", currency: "EUR" }).format(total / 100),
    );
    write("basket-notice", notice);
    element("basket")?.toggleAttribute("hidden", count === 0);
  };
  for (const button of document.querySelectorAll<HTMLButtonElement>("button.add")) {
    button.addEventListener("click", () => {
      const { sku = "", title = "", amount } = button.dataset;
      const line = lines.get(sku) ?? { sku, title, amount: Number(amount), quantity: 0 };
      line.quantity += 1;
      lines.set(sku, line);
      show();
    });
  }
  element("basket-clear")?.addEventListener("click", () => {
    lines.clear();
    show();
  });
  element("basket-checkout")?.addEventListener("click", () => {
    if (isBusy || lines.size === 0) return;
    isBusy = true;
    const wanted = [...lines.values()].map(({ sku, quantity }) => ({ sku, quantity }));
    void checkOut(wanted).then((problem) => {
      isBusy = false;
      if (problem !== null) show(textOf(problem, lines));
    });
  });
}

function textOf(problem: ClientProblem, lines: ReadonlyMap<string, Line>): string {
  if (problem.code !== "sold_out") return problem.detail ?? problem.title;
  const title = lines.get(String(problem["sku"]))?.title ?? "Something";
  return `${title}: only ${Number(problem["available"])} left. Nothing was taken.`;
}

function write(id: string, text: string): void {
  const target = element(id);
  if (target !== null) target.textContent = text;
}
