import { createHash } from "node:crypto";

/** What pages of reference have beside the style of every page: room, navigation, code to copy, tables. */
export const wideStyle = `
.wide { padding-top: 1rem; }
.wide .top { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.5rem; width: 100%; max-width: 70rem; }
.wide main { max-width: 70rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0; list-style: none; }
nav a { display: inline-block; padding: .35rem 0; }
nav a[aria-current] { color: inherit; font-weight: 650; text-decoration: none; border-bottom: 3px solid var(--strong); }
.wide h1 { font-size: clamp(1.5rem, 4vw, 2rem); }
.wide h2 { margin: 2rem 0 .5rem; font-size: 1.25rem; }
.wide h3 { margin: 1.25rem 0 .35rem; font-size: 1rem; }
.wide p { max-width: 46rem; }
.wide section + section { border-top: 1px solid var(--line); }
pre {
  margin: .5rem 0 1rem; padding: .85rem 1rem; overflow-x: auto; background: var(--ground); border: 1px solid var(--line);
  border-radius: .5rem; font-size: .875rem; line-height: 1.5; tab-size: 2;
}
pre code { overflow-wrap: normal; font-size: 1em; }
.copy { position: relative; }
.copy pre { padding-right: 5.5rem; }
.copy code { white-space: pre-wrap; overflow-wrap: anywhere; }
.value { display: inline-flex; flex-wrap: wrap; align-items: center; gap: .15rem .75rem; }
button.small { width: auto; min-height: 1.85rem; padding: .1rem .7rem; font-size: .85rem; background: var(--card); }
.copy button { position: absolute; top: .5rem; right: .5rem; }
.scroll { margin: .5rem 0 1rem; overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
caption { padding: 0 0 .35rem; text-align: left; color: var(--soft); }
th, td { padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-top: 0; color: var(--soft); font-weight: 600; }
.facts { display: grid; grid-template-columns: 13rem 1fr; gap: .35rem 1.25rem; margin: .5rem 0 1rem; }
.facts dt { color: var(--soft); }
.facts dt, .facts dd { align-self: baseline; }
.facts dd { margin: 0; }
.mark { display: inline-block; padding: .05rem .5rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .85rem; font-weight: 600; white-space: nowrap; }
.mark.good { background: var(--tint); color: var(--strong); border-color: var(--strong); }
.mark.bad { background: var(--bad-tint); color: var(--bad); border-color: var(--bad); }
.overview { margin: 1rem 0; }
.overview td .links { margin: 0; }
.causes dt { margin-top: .6rem; }
.causes dd { margin: .15rem 0 0; padding-left: .85rem; border-left: .2rem solid var(--line); color: var(--soft); }
.status h3 { margin-top: 1.25rem; padding-top: .75rem; }
.links { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .5rem 0; padding: 0; list-style: none; }
textarea, select { display: block; width: 100%; padding: .55rem .75rem; font: inherit; color: inherit; background: var(--card); border: 1px solid var(--field); border-radius: .5rem; }
textarea { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; font-size: .875rem; resize: vertical; }
select { min-height: 2.9rem; }
.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0 1.25rem; }
.ask .actions > * { flex: 0 1 auto; }
.filter { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(14rem, 100%), 1fr)); gap: 0 1.25rem; align-items: end; }
.filter .links { align-items: center; margin: 1rem 0 0; }
.filter button { width: auto; }
.part { font-size: .85rem; font-weight: 400; color: var(--soft); }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 0 1.5rem; align-items: start; margin: 1rem 0; }
.columns > * { min-width: 0; }
.columns section + section { border-top: 0; }
.columns h2 { margin-top: .75rem; }
.columns + h3 { margin-top: 2rem; }
.ask details { margin-top: 1rem; }
.columns .facts { grid-template-columns: 1fr; gap: 0; }
.columns .facts dd { margin-bottom: .6rem; }
h4 { margin: .75rem 0 .25rem; font-size: .92rem; color: var(--soft); }
code.break { white-space: pre-wrap; overflow-wrap: anywhere; }
.findings { margin: .5rem 0 1rem; padding: 0; list-style: none; }
.findings li { position: relative; padding: .2rem 0 .2rem 1.6rem; }
.findings li::before { position: absolute; left: 0; width: 1.25rem; text-align: center; font-weight: 700; color: var(--soft); content: "i" / ""; }
.findings .right::before { content: "✓" / ""; color: var(--strong); }
.findings .wrong::before { content: "✗" / ""; color: var(--bad); }
.findings .wrong { color: var(--bad); }
.usercode { font-size: 2rem; letter-spacing: .12em; }
.check { display: flex; gap: .6rem; align-items: center; font-weight: 400; }
.check input { width: 1.25rem; min-height: 1.25rem; height: 1.25rem; }
summary { cursor: pointer; padding: .35rem 0; font-weight: 600; }
summary small { font-weight: 400; color: var(--soft); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 40rem) {
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: .6rem; }
  pre code { white-space: pre-wrap; overflow-wrap: anywhere; }
  .copy pre { padding-right: 1rem; margin-bottom: .5rem; }
  .copy button { position: static; margin-bottom: 1rem; }
  .overview thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .overview tr { display: block; padding: .6rem 0; border-top: 1px solid var(--line); }
  .overview :is(th, td) { display: block; padding: .1rem 0; border: 0; }
}
`;

/** The style as a Content-Security-Policy names it. */
export const wideStyleSource = `'sha256-${createHash("sha256").update(wideStyle).digest("base64")}'`;
