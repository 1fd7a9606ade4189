/** @file The report's looks. */

/** Colours of curves and cells. */
export const COLOURS = {
  training: '#1f5fa8',
  faint: '#b9cfe6',
  rate: '#4a7c59',
  tests: ['#c2410c', '#7e3f98', '#6b7a1e', '#8a6d00'],
} as const;

/** The style sheet. */
export const STYLE = `:root{color-scheme:light}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:68rem;padding:0 1.25rem;color:#1c1f23;background:#fff}
h1{font-size:1.6rem;margin:0 0 1rem}h2{font-size:1.1rem;margin:2.2rem 0 .6rem}
p{margin:.3rem 0;color:#555}
.summary{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.6rem;margin:0}
.summary div{border:1px solid #e3e6ea;border-radius:6px;padding:.45rem .7rem}
.summary dt{font-size:.8rem;color:#667}.summary dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(26rem,1fr));gap:1.2rem}
figure{margin:0}figcaption{font-size:.85rem;color:#555}figcaption b{font-size:1rem;color:#1c1f23;margin-right:.6rem}
svg{width:100%;height:auto;display:block}.grid{stroke:#e3e6ea}.tick{font-size:11px;fill:#667}
.key{white-space:nowrap;margin-right:.7rem}.key i{display:inline-block;width:.9em;height:.25em;margin-right:.35em;vertical-align:middle}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th{font-weight:500;text-align:left;padding:.2rem .6rem;white-space:nowrap}
td{padding:.2rem .6rem;text-align:right;min-width:2rem}
.matrix td{border:1px solid #fff;text-align:center}.matrix .sum{text-align:right;color:#555}
.matrix thead th{vertical-align:bottom;text-align:center}
.bar{width:14rem;padding:.2rem 0}.bar i{display:block;height:.8rem;background:#1f5fa8;border-radius:2px}
.clips{display:grid;grid-template-columns:repeat(auto-fill,minmax(12rem,1fr));gap:1rem}
.clips img{width:100%;aspect-ratio:4/3;object-fit:contain;border-radius:4px;background:#23272e}.clips small{display:block;color:#667;overflow-wrap:anywhere}
pre{background:#f6f7f9;padding:1rem;overflow:auto;border-radius:6px;font-size:.85rem}summary{cursor:pointer}`;
