/** The page's style sheet. Colours are named by what they mean and have a light and a dark value. */
export const style = `
:root{color-scheme:light dark;--page:#fbfbfa;--card:#fff;--ink:#1b1f24;--soft:#565d66;--line:#dfe2e6;--grid:#e9ebee;
--good:#12693a;--bad:#b3261e;--open:#8a5300;--good-bg:#e2f3e8;--bad-bg:#fbe6e4;--open-bg:#fdf0d7;
--c0:#68707a;--c1:#1f63d6;--c2:#b4530a;--c3:#0b7a6f;--c4:#7c3bd0;--c5:#b3246b;--c6:#55701a}
@media (prefers-color-scheme:dark){:root{--page:#14171a;--card:#1c2024;--ink:#e8eaed;--soft:#a7afb8;--line:#363c43;--grid:#2a2f35;
--good:#79d69b;--bad:#ff9a90;--open:#f2c063;--good-bg:#173324;--bad-bg:#43201d;--open-bg:#3b2d12;
--c0:#a3abb5;--c1:#7db0ff;--c2:#f6a15b;--c3:#4fd1c2;--c4:#c09cff;--c5:#ff8fc2;--c6:#b5d36a}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1120px;padding:24px 20px 48px;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
h1{font-size:1.3rem;margin:0 0 4px}h2{font-size:1.45rem;line-height:1.3;margin:28px 0 16px;overflow-wrap:anywhere}
h3{font-size:1.02rem;margin:28px 0 10px;overflow-wrap:anywhere}
p{margin:0 0 8px}a{color:var(--c1)}code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
footer{margin-top:40px;color:var(--soft);font-size:.87rem;border-top:1px solid var(--line);padding-top:12px}
nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:6px 20px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:14px}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.card h3{margin:0 0 10px}
.card dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(135px,1fr));gap:12px 16px;margin:0}
dt{color:var(--soft);font-size:.82rem}dd{margin:0}
.fact strong{font-size:1.3rem;white-space:nowrap;font-variant-numeric:tabular-nums}
.tone{font-size:.82rem;white-space:nowrap}.detail{color:var(--soft);font-size:.82rem}
.better strong,.better .tone{color:var(--good)}.worse strong,.worse .tone{color:var(--bad)}.unclear .tone{color:var(--open)}
.same .tone{color:var(--soft)}.broken{color:var(--bad);margin:0;overflow-wrap:anywhere}
.badge{display:inline-block;font-size:.82rem;font-weight:600;line-height:1.4;border-radius:999px;padding:1px 9px;white-space:nowrap;vertical-align:middle}
.badge.pass{background:var(--good-bg);color:var(--good)}
.badge.fail,.badge.not-measured{background:var(--bad-bg);color:var(--bad)}
.badge.inconclusive{background:var(--open-bg);color:var(--open)}
.chip{display:inline-block;min-width:1.55em;padding:0 .35em;border-radius:.4em;border:2px solid currentcolor;font-size:.8rem;font-weight:700;text-align:center;line-height:1.35}
.c0{color:var(--c0)}.c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}.c4{color:var(--c4)}.c5{color:var(--c5)}.c6{color:var(--c6)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px;background:var(--card)}
.scroll:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--c1);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{padding:6px 12px;text-align:left;border-bottom:1px solid var(--grid);vertical-align:middle;font-variant-numeric:tabular-nums}
tbody tr:last-child>*{border-bottom:0}tbody th{font-weight:500;max-width:26em;overflow-wrap:anywhere;min-width:9em}
td{max-width:28em}thead th{color:var(--soft);font-weight:500;font-size:.82rem;white-space:nowrap}
.n{text-align:right;white-space:nowrap}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,440px),1fr));gap:16px;margin-top:28px;align-items:start}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px;min-width:0}
figcaption{font-weight:600;margin-bottom:8px}
figure>svg{display:block;width:100%;height:auto}
svg text{fill:var(--ink);font-size:11.5px;font-family:inherit}
.axis line{stroke:var(--grid)}.axis text{fill:var(--soft)}.axis .label{fill:var(--soft);font-size:11.5px}
.bubble{fill:currentcolor;fill-opacity:.28;stroke:currentcolor;stroke-width:1.8}
.front{fill:none;stroke:var(--soft);stroke-width:1.2;stroke-dasharray:4 4}
.shape{fill:currentcolor;fill-opacity:.3;stroke:currentcolor;stroke-width:1.2}
.floor{stroke:var(--line)}.median{stroke:currentcolor;stroke-width:2}
figure .limit{stroke:var(--soft);stroke-width:1.3;stroke-dasharray:5 4}
.line{fill:none;stroke:currentcolor;stroke-width:2}.dot{fill:currentcolor}.bar{fill:currentcolor;fill-opacity:.75}
text.mark{font-weight:700}text.row,text.value{fill:var(--soft);font-size:10.5px}
.gauge{display:block}.gauge .allowed{fill:var(--good-bg)}.gauge .limit{stroke:var(--soft);stroke-width:1.5}
.gauge .range{stroke:currentcolor;stroke-width:2.5}
.gauge.pass{color:var(--good)}.gauge.fail{color:var(--bad)}.gauge.inconclusive{color:var(--open)}
.note{color:var(--soft);font-size:.82rem;margin:6px 0 0}
details{margin-top:8px}summary{cursor:pointer;font-size:.87rem;color:var(--soft);overflow-wrap:anywhere}
details .scroll{margin-top:8px}
.warnings{margin:0;padding-left:1.3em}.warnings li{overflow-wrap:anywhere;margin-bottom:4px}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:10px 24px;margin:0}
.facts dd{overflow-wrap:anywhere}
@media (max-width:480px){figure svg text,figure svg .axis .label{font-size:13.5px}body{padding:16px 12px 32px}.card,figure{padding:12px}th,td{padding:6px 9px}}
@media print{body{max-width:none}.scroll{overflow:visible}details>*{display:block}}
`;
