/** Narrows the list of operations to those that have every word. */
const filter = document.getElementById("filter");
if (filter instanceof HTMLInputElement) {
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const section of document.querySelectorAll<HTMLElement>("nav section")) {
      let shown = 0;
      for (const item of section.querySelectorAll<HTMLElement>("li")) {
        item.hidden = !words.every((word) => item.dataset["find"]?.includes(word) === true);
        if (!item.hidden) shown += 1;
      }
      section.hidden = shown === 0;
    }
  });
}
