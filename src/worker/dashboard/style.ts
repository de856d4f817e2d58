/** One sheet for every page: the policy allows nothing inline. Colours are tested for contrast in both schemes. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f5f4ef, #0d1312);
  --card: light-dark(#fffefb, #151d1b);
  --well: light-dark(#ecebe3, #0a0f0e);
  --ink: light-dark(#16211e, #e6ece9);
  --soft: light-dark(#52605b, #9db0a9);
  --line: light-dark(#d9d8cc, #2a3733);
  --edge: light-dark(#848c83, #66776f);
  --kelp: light-dark(#0a6354, #72d8c0);
  --kelp-ink: light-dark(#ffffff, #05201b);
  --kelp-tint: light-dark(#dcece5, #16322c);
  --good: light-dark(#17653a, #84d9a4); --good-tint: light-dark(#dff0e4, #12301f);
  --warn: light-dark(#774c00, #f2c46d); --warn-tint: light-dark(#faecca, #322509);
  --bad: light-dark(#9c241c, #ff9f94); --bad-tint: light-dark(#fbe2dd, #3a1714);
  --shade: light-dark(0 1px 2px #16211e14, 0 1px 2px #0008);
  --lift: light-dark(0 8px 28px #16211e2e, 0 8px 28px #000c);
  --round: .625rem;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
*, ::before, ::after { box-sizing: border-box; }
html { scroll-padding: 5rem 0 6rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; font: 400 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink);
  background: var(--paper); display: grid; min-height: 100vh; grid-template: "top top" auto "nav main" 1fr / 13rem minmax(0, 1fr); }
h1 { font-size: 1.625rem; line-height: 1.2; letter-spacing: -.018em; font-weight: 680; margin: 0 0 1.25rem; text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: 1.0625rem; line-height: 1.3; font-weight: 650; margin: 0 0 .75rem; overflow-wrap: anywhere; }
h3 { font-size: .9375rem; margin: 0 0 .5rem; }
p { margin: 0 0 .75rem; }
a { color: var(--kelp); text-underline-offset: .18em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
code, .code { font: .875em/1.45 var(--mono); overflow-wrap: anywhere; }
pre { margin: 0 0 .75rem; padding: .75rem 1rem; background: var(--well); border-radius: var(--round); overflow: auto; font: .8125rem/1.5 var(--mono); }
small { font-size: .8125rem; color: var(--soft); }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.5rem 0; }
:focus-visible { outline: 3px solid var(--kelp); outline-offset: 2px; border-radius: .25rem; }
main:focus { outline: none; }
.skip { position: fixed; left: 1rem; top: -5rem; z-index: 9; background: var(--card); padding: .75rem 1rem; border-radius: var(--round); box-shadow: var(--lift); }
.skip:focus { top: .5rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.none, .soft { color: var(--soft); }
.lead { max-width: 46rem; color: var(--soft); text-wrap: pretty; }
.number, .money, time, .figure-value { font-variant-numeric: tabular-nums; }

.top { grid-area: top; display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding: .25rem 1.25rem;
  background: var(--card); border-bottom: 1px solid var(--line); position: sticky; top: 0; z-index: 5; min-height: 3.25rem; }
.home { text-decoration: none; color: inherit; padding: .375rem 0; }
.brand { display: inline-flex; gap: .5rem; align-items: center; font-weight: 700; letter-spacing: -.02em; font-size: 1.0625rem; }
.brand svg { color: var(--kelp); }
.account { position: relative; }
.account summary { list-style: none; cursor: pointer; display: flex; gap: .5rem; align-items: center; min-height: 2.75rem; padding: 0 .25rem; }
.account summary::-webkit-details-marker { display: none; }
.account summary::after { content: ""; border: solid currentColor; border-width: 0 1.5px 1.5px 0; width: .4rem; height: .4rem; transform: translateY(-2px) rotate(45deg); }
.who { max-width: 11rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .875rem; }
.role { font-size: .75rem; font-weight: 600; padding: .125rem .5rem; border-radius: 9rem; background: var(--kelp-tint); color: var(--kelp); }
.menu { position: absolute; right: 0; top: calc(100% + .25rem); min-width: 15rem; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: var(--round); box-shadow: var(--lift); z-index: 6; display: grid; gap: .75rem; }
.themes fieldset { border: 0; padding: 0; margin: 0; display: flex; gap: .25rem; }
.themes legend { font-size: .8125rem; color: var(--soft); padding: 0 0 .375rem; }
.themes button { flex: 1; text-transform: capitalize; padding: 0 .5rem; }
.themes [aria-pressed="true"] { background: var(--kelp-tint); color: var(--kelp); border-color: var(--kelp); }

.sections { grid-area: nav; padding: 1rem .75rem; border-right: 1px solid var(--line); }
.sections ul { list-style: none; margin: 0; padding: 0; position: sticky; top: 4.25rem; display: grid; gap: .125rem; }
.sections a { display: flex; align-items: center; gap: .75rem; min-height: 2.75rem; padding: 0 .75rem; border-radius: .5rem; color: var(--soft); text-decoration: none; font-weight: 550; font-size: .9375rem; }
.sections a:hover { background: var(--well); color: var(--ink); }
.sections [aria-current] { background: var(--kelp-tint); color: var(--kelp); }
main { grid-area: main; padding: 1.5rem clamp(1rem, 3vw, 2.25rem) 5rem; max-width: 84rem; min-width: 0; }
main.bare { grid-area: 1 / 1 / -1 / -1; justify-self: center; align-self: center; width: min(26rem, 100%); padding: 2rem 1.25rem 6rem; }
main.bare h1 { margin: 1.75rem 0 .75rem; }
.tabs { display: flex; gap: .25rem; overflow-x: auto; margin: 0 0 1.25rem; border-bottom: 1px solid var(--line); scrollbar-width: thin; }
.tabs a { flex: none; padding: .625rem .75rem; min-height: 2.75rem; text-decoration: none; color: var(--soft); font-weight: 550; font-size: .9375rem; border-bottom: 3px solid transparent; }
.tabs a:hover { color: var(--ink); }
.tabs [aria-current] { color: var(--kelp); border-color: var(--kelp); }
.crumb { margin: -.25rem 0 .5rem; font-size: .875rem; }

.flash { padding: .75rem 1rem; border-radius: var(--round); border: 1px solid; overflow-wrap: anywhere; }
.flash.done { color: var(--good); background: var(--good-tint); border-color: currentColor; }
.flash.failed { color: var(--bad); background: var(--bad-tint); border-color: currentColor; }

.card { background: var(--card); border: 1px solid var(--line); border-radius: var(--round); box-shadow: var(--shade); padding: 1.125rem 1.25rem; margin: 0 0 1.25rem; min-width: 0; }
.columns { display: grid; gap: 0 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); align-items: start; }
.row { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; margin: 0 0 1rem; }
.row.between { justify-content: space-between; }
.row > h1, .row > h2, .row > p { margin: 0; }

.figures { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(10.5rem, 100%), 1fr)); margin: 0 0 1.25rem; }
.figure { position: relative; background: var(--card); border: 1px solid var(--line); border-radius: var(--round); box-shadow: var(--shade); }
.figure-body { display: block; height: 100%; padding: .75rem 1rem .8125rem; color: inherit; text-decoration: none; border-radius: var(--round); }
a.figure-body:hover { background: var(--well); }
.figure-label { display: block; font-size: .8125rem; color: var(--soft); }
a .figure-label { text-decoration: underline dotted; text-underline-offset: .2em; }
.figure-value { display: block; font-size: 1.75rem; line-height: 1.2; font-weight: 640; letter-spacing: -.025em; overflow-wrap: anywhere; }
.figure-value small { font-weight: 400; letter-spacing: 0; }
.figure.good .figure-value { color: var(--good); }
.figure.warn { border-color: var(--warn); } .figure.warn .figure-value { color: var(--warn); }
.figure.bad { border-color: var(--bad); } .figure.bad .figure-value { color: var(--bad); }
.how { position: absolute; z-index: 4; left: 0; top: calc(100% + .25rem); width: max-content; max-width: min(19rem, 80vw); padding: .625rem .75rem; font-size: .8125rem; line-height: 1.45; background: var(--ink); color: var(--paper); border-radius: .5rem; box-shadow: var(--lift); visibility: hidden; opacity: 0; transition: opacity .12s .15s; }
.how::before { content: ""; position: absolute; inset: -.375rem 0 auto; height: .375rem; }
.figure:hover .how, .figure:focus-within .how { visibility: visible; opacity: 1; }
.hushed .how { visibility: hidden !important; }

.badge { display: inline-block; font-size: .75rem; line-height: 1.25rem; font-weight: 600; padding: 0 .5rem; border-radius: 9rem; white-space: nowrap; background: var(--well); color: var(--soft); }
.badge.good { background: var(--good-tint); color: var(--good); }
.badge.warn { background: var(--warn-tint); color: var(--warn); }
.badge.bad { background: var(--bad-tint); color: var(--bad); }

.table { background: var(--card); border: 1px solid var(--line); border-radius: var(--round); box-shadow: var(--shade); margin: 0 0 1.25rem; overflow-x: auto; }
.card .table { border: 0; box-shadow: none; margin: 0 -1.25rem; border-radius: 0; }
.card > .table:last-child { margin-bottom: -1.125rem; border-radius: 0 0 var(--round) var(--round); }
table { border-collapse: collapse; width: 100%; font-size: .9063rem; }
caption.shown { text-align: left; padding: .875rem 1.25rem .5rem; font-weight: 650; }
th { font-size: .75rem; font-weight: 600; color: var(--soft); text-align: left; white-space: nowrap; padding: .625rem 1rem; border-bottom: 1px solid var(--line); }
td { padding: .625rem 1rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
td:first-child, th:first-child { padding-left: 1.25rem; } td:last-child, th:last-child { padding-right: 1.25rem; }
tbody tr:last-child td { border-bottom: 0; }
tbody tr:hover { background: color-mix(in srgb, var(--well) 55%, transparent); }
th.number, td.number { text-align: right; }
td form { margin: 0; }
.pager { display: flex; gap: .5rem; margin: 0 0 1.25rem; }
.empty { padding: 2.25rem 1.25rem; text-align: center; color: var(--soft); border: 1px dashed var(--edge); border-radius: var(--round); margin: 0 0 1.25rem; }
.empty-title { font-weight: 600; color: var(--ink); margin-bottom: .25rem; }
.empty > :last-child { margin-bottom: 0; }
dl.facts { display: grid; grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr); gap: .5rem 1.25rem; margin: 0 0 1rem; font-size: .9375rem; }
dl.facts dt { color: var(--soft); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.card > dl.facts:last-child { margin: 0; }

button, .button, input, select, textarea { font: inherit; color: inherit; }
button, .button { display: inline-flex; align-items: center; justify-content: center; gap: .5rem; min-height: 2.5rem; padding: 0 .875rem; border: 1px solid var(--edge); border-radius: .5rem; background: var(--card); font-size: .9063rem; font-weight: 550; text-decoration: none; color: var(--ink); cursor: pointer; white-space: nowrap; }
button:hover, .button:hover { background: var(--well); }
button.main, .button.main { background: var(--kelp); border-color: var(--kelp); color: var(--kelp-ink); }
button.main:hover, .button.main:hover { background: color-mix(in srgb, var(--kelp) 86%, var(--ink)); }
button.danger, .button.danger { color: var(--bad); border-color: var(--bad); }
button.danger:hover, .button.danger:hover { background: var(--bad-tint); }
button.small, .button.small { min-height: 2rem; padding: 0 .625rem; font-size: .8438rem; }
button.wide, .button.wide { width: 100%; }
form.inline { display: inline-flex; gap: .5rem; align-items: center; }
.field { margin: 0 0 1rem; min-width: 0; }
.field label, .fields legend { display: block; font-weight: 600; font-size: .875rem; margin: 0 0 .25rem; padding: 0; }
.hint { font-size: .8125rem; color: var(--soft); margin: 0 0 .375rem; text-wrap: pretty; }
input:not([type="checkbox"], [type="radio"], [type="hidden"]), select, textarea { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; background: var(--card); border: 1px solid var(--edge); border-radius: .5rem; }
textarea { min-height: 6rem; resize: vertical; line-height: 1.5; }
input[type="checkbox"], input[type="radio"] { width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; accent-color: var(--kelp); flex: none; }
.wrong input, .wrong select, .wrong textarea { border-color: var(--bad); box-shadow: inset 0 0 0 1px var(--bad); }
.error { color: var(--bad); font-size: .8438rem; font-weight: 550; margin: .25rem 0 0; }
.check { display: flex; gap: .625rem; align-items: flex-start; padding: .375rem 0; font-size: .9375rem; }
.check small { display: block; }
.fields { border: 1px solid var(--line); border-radius: var(--round); padding: 1rem 1.25rem .25rem; margin: 0 0 1rem; min-width: 0; }
.grid { display: grid; gap: 0 1rem; grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%), 1fr)); align-items: end; }
.grid.top-aligned { align-items: start; }
.filters { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: end; margin: 0 0 1.25rem; }
.filters .field { margin: 0; flex: 1 1 10rem; max-width: 18rem; }
.confirm { display: inline-block; }
.confirm > summary { list-style: none; } .confirm > summary::-webkit-details-marker { display: none; }
.confirm[open] { display: block; border: 1px solid var(--edge); border-radius: var(--round); padding: .75rem 1rem 1rem; background: var(--card); flex-basis: 100%; }
.confirm[open] > summary { margin-bottom: .75rem; }
.confirm-body > :last-child { margin-bottom: 0; }

.chart { display: block; width: 100%; height: auto; overflow: visible; }
.chart .axis { stroke: var(--line); stroke-width: 1; }
.chart text { fill: var(--soft); font-size: 11px; font-family: inherit; }
.chart .bar { fill: var(--kelp); } .chart .bar.quiet { fill: var(--line); }
.chart .trend { fill: none; stroke: var(--kelp); stroke-width: 2; stroke-linejoin: round; }
.chart .area { fill: var(--kelp-tint); }
figure { margin: 0; } figcaption { font-size: .8125rem; color: var(--soft); margin-top: .5rem; }

@media (max-width: 48rem) {
  body { display: block; padding-bottom: 4.25rem; }
  .top { padding: .125rem 1rem; }
  .who { max-width: 8rem; }
  .sections { position: fixed; inset: auto 0 0; z-index: 5; background: var(--card); border: 0; border-top: 1px solid var(--line); padding: 0 0 env(safe-area-inset-bottom); }
  .sections ul { position: static; display: flex; gap: 0; }
  .sections li { flex: 1 1 0; min-width: 0; }
  .sections a { flex-direction: column; justify-content: center; gap: .125rem; min-height: 3.5rem; padding: .25rem 0; border-radius: 0; font-size: .6875rem; letter-spacing: -.01em; }
  main { padding: 1.125rem 1rem 3rem; }
  h1 { font-size: 1.375rem; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .figure-value { font-size: 1.4375rem; }
  .figure:nth-child(even) .how { left: auto; right: 0; }
  .card { padding: 1rem; } .card .table { margin: 0 -1rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td { display: block; }
  tbody tr { padding: .625rem 1rem; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; }
  td, td:first-child, td:last-child { display: flex; justify-content: space-between; gap: 1rem; border: 0; padding: .25rem 0; text-align: right; }
  td::before { content: attr(data-label); color: var(--soft); font-size: .8125rem; text-align: left; flex: none; }
  td:has(form, details) { flex-wrap: wrap; }
  button, .button, button.small, .button.small { min-height: 2.75rem; }
  .filters .field { max-width: none; flex-basis: 100%; }
  dl.facts { grid-template-columns: 1fr; gap: 0; } dl.facts dd { margin-bottom: .625rem; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
@media print { .top, .sections, .skip, form, .pager { display: none; } body { display: block; background: #fff; } }
`;
