/** Served from our own paths, because the pages' policy allows no other origin and nothing inline. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2024, #e8eaed);
  --soft: light-dark(#5b6470, #9aa4b0);
  --paper: light-dark(#ffffff, #14171a);
  --raised: light-dark(#f4f6f8, #1d2125);
  --line: light-dark(#dde2e7, #30363c);
  --link: light-dark(#0a58ca, #7ab7ff);
  --get: light-dark(#0a6b3d, #62d39a);
  --post: light-dark(#0a58ca, #7ab7ff);
  --put: light-dark(#8a5a00, #f0b95a);
  --delete: light-dark(#b3261e, #ff8a80);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  display: grid; grid-template: "head head" auto "nav main" 1fr / minmax(16rem, 20rem) minmax(0, 1fr); }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem; z-index: 1; }
header { grid-area: head; display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: baseline;
  padding: .75rem 1.5rem; border-bottom: 1px solid var(--line); }
header h1 { font-size: 1.25rem; margin: 0; }
header p { margin: 0; }
nav { grid-area: nav; position: sticky; top: 0; max-height: 100vh; overflow: auto; padding: 1rem 1.5rem;
  border-right: 1px solid var(--line); font-size: .875rem; }
nav label { display: block; font-weight: 600; }
nav input { width: 100%; min-height: 2.75rem; padding: 0 .75rem; font: inherit; color: inherit;
  background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; }
nav h2 { font-size: .75rem; text-transform: uppercase; letter-spacing: .06em; color: var(--soft); margin: 1.25rem 0 .25rem; }
nav ul, .problems { list-style: none; margin: 0; padding: 0; }
nav li a { display: flex; gap: .5rem; align-items: baseline; padding: .25rem 0; text-decoration: none; overflow-wrap: anywhere; }
nav li[hidden], nav section[hidden] { display: none; }
main { grid-area: main; padding: 1rem 1.5rem 6rem; max-width: 60rem; }
main.single { grid-column: 1 / -1; }
article { border-top: 1px solid var(--line); padding-top: 1rem; margin-top: 2rem; }
article h3 { display: flex; flex-wrap: wrap; gap: .5rem; align-items: baseline; margin: 0; font-size: 1.05rem; overflow-wrap: anywhere; }
h4 { margin: 1.25rem 0 .25rem; font-size: .875rem; color: var(--soft); }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .875em; }
pre { overflow: auto; padding: 1rem; background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; }
.method { font: 700 .6875rem/1 ui-monospace, monospace; min-width: 3.25rem; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); } .delete { color: var(--delete); }
.fields { margin: 0; }
.fields > div { display: grid; grid-template-columns: minmax(9rem, 14rem) minmax(0, 1fr); gap: .25rem 1rem;
  padding: .375rem 0; border-top: 1px solid var(--line); }
.fields dd { margin: 0; overflow-wrap: anywhere; }
.variant { border-left: 3px solid var(--line); padding-left: .75rem; margin: .5rem 0; }
.optional, .bounds, .note, .description { color: var(--soft); font-size: .875em; }
.problems { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .875rem; }
@media (max-width: 48rem) {
  body { display: block; }
  nav { position: static; max-height: 45vh; border-right: 0; border-bottom: 1px solid var(--line); }
  nav li a { min-height: 2.5rem; align-items: center; }
  .fields > div { grid-template-columns: 1fr; }
}
@media print { nav { display: none; } body { display: block; } }
`;

export const pageScript = `
const filter = document.getElementById("filter");
filter?.addEventListener("input", () => {
  const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const section of document.querySelectorAll("nav section")) {
    let shown = 0;
    for (const item of section.querySelectorAll("li")) {
      item.hidden = !words.every((word) => item.dataset.find.includes(word));
      if (!item.hidden) shown += 1;
    }
    section.hidden = shown === 0;
  }
});
`;
