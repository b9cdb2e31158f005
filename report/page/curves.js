// keyhullCurves draws curves over steps: for each series a thin line a seed, their mean where all seeds have a
// value, and Student's 95 % interval of it as a band, as the figures have them.
//
//   const chart = keyhullCurves(element, {
//     title: 'train_loss', x: { label: 'step' }, y: { label: 'loss', log: true },  // y.range: [low, high] fixes the axis;
//                                     // y.limits: [low, high] are of what the quantity can be: bands end there
//     series: [{ name: 'layernorm', color: 0, dash: '6 4', seeds: [{ seed: 1, points: [[0, 5.1], [100, 4.2]] }] }],
//     marks: [{ x: 5000, y: 0.2, color: 0, label: 'the paper' }] });                // optional
//   chart.append(0, 1, [[200, 3.9]]);   // more points of a series' seed, which may be new
//   chart.reset(0, 1);                  // forget them
//   chart.draw();                       // after the element was hidden
//
// Colours are 0 to 6, of Okabe and Ito. Points of a seed are by ascending x. It needs make.js alone, writes no inline
// style or handler into markup, and makes all text by textContent.
const keyhullCurves = (() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
.kc { --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b0568a; --c4: #666; --c5: #a86f00; --c6: #2b7fb0; margin: 1rem 0; min-width: 0; }
@media (prefers-color-scheme: dark) { .kc { --c0: #56b4e9; --c1: #f58a3c; --c2: #2fc79a; --c3: #e09cc4; --c4: #a0a4ab; --c5: #e6b030; --c6: #9ad0f5; } }
@media print { .kc { --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b0568a; --c4: #666; --c5: #a86f00; --c6: #2b7fb0; } .kc .bar, .kc details, .kc output { display: none; } }
.kc svg.plot { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif; touch-action: pan-y; overflow: visible; }
.kc svg.plot:focus-visible { outline: 2px solid var(--link, #0058a3); outline-offset: 1px; }
.kc text { fill: var(--ink, #1d1f23); } .kc .tick { fill: var(--soft, #5b616b); }
.kc .grid { stroke: var(--line, #d9dce1); } .kc .frame { stroke: var(--soft, #5b616b); fill: none; } .kc .cross { stroke: var(--ink, #1d1f23); stroke-dasharray: 2 3; }
.kc .seed { fill: none; stroke-width: 1; opacity: .45; } .kc .mean { fill: none; stroke-width: 2.2; } .kc .band { opacity: .2; stroke: none; }
.kc .dot { stroke: var(--ground, #fff); stroke-width: 1; } .kc .mark { fill: none; stroke-width: 1.6; }
.kc .bar { display: flex; flex-wrap: wrap; gap: .2rem .9rem; align-items: center; font-size: .88rem; }
.kc .bar button { font: inherit; color: inherit; background: none; border: 0; padding: .15rem .2rem; cursor: pointer; display: inline-flex; gap: .35rem; align-items: center; border-radius: 4px; }
.kc .bar button[aria-pressed=false] { color: var(--soft, #5b616b); text-decoration: line-through; } .kc .bar button[aria-pressed=false] svg { opacity: .3; }
.kc .bar label { white-space: nowrap; color: var(--soft, #5b616b); } .kc .sample { width: 28px; height: 10px; flex: none; }
.kc output { display: block; min-height: 1.5em; font-size: .88rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.kc figcaption b { color: var(--ink, #1d1f23); overflow-wrap: anywhere; } .kc details { font-size: .88rem; } .kc summary { cursor: pointer; color: var(--link, #0058a3); }
.kc .rows { max-height: 18rem; overflow: auto; }`);

  const colour = s => `var(--c${(s.color || 0) % 7})`;

  // show writes a number with four digits that mean something.
  function show(x) {
    const size = Math.abs(x);
    if (size !== 0 && (size < 1e-3 || size >= 1e7)) return x.toExponential(2).replace('-', '−').replace('e+', 'e').replace('e-', 'e−');
    return String(+x.toPrecision(size >= 1e4 ? 7 : 4)).replace('-', '−');
  }

  // student is the 97.5 % quantile of Student's t: exact for 1 and 2 degrees of freedom, then by Hill's expansion
  // (Algorithm 396, CACM 13, 1970), which is good to five digits.
  function student(degrees) {
    const p = 0.05, n = degrees;
    if (n === 1) return 1 / Math.tan(p * Math.PI / 2);
    if (n === 2) return Math.sqrt(2 / (p * (2 - p)) - 2);
    const a = 1 / (n - 0.5), b = 48 / (a * a);
    let c = ((20700 * a / b - 98) * a - 16) * a + 96.36;
    const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt(a * Math.PI / 2) * n;
    let y = Math.pow(d * p, 2 / n);
    if (y > 0.05 + a) {
      const x = -1.959963984540054;
      y = x * x;
      if (n < 5) c += 0.3 * (n - 4.5) * (x + 0.6);
      c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c;
      y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
      y = Math.expm1(a * y * y);
    } else {
      y = ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1) * (n + 1) / (n + 2) + 1 / y;
    }
    return Math.sqrt(n * y);
  }

  // means are [x, mean, low, high] where every seed that has points has a value.
  function means(series) {
    const seeds = series.seeds.filter(s => s.points.length > 0), at = new Map();
    for (const s of seeds) for (const [x, y] of s.points) at.has(x) ? at.get(x).push(y) : at.set(x, [y]);
    const t = seeds.length > 1 ? student(seeds.length - 1) : 0, list = [];
    for (const [x, ys] of at) {
      if (ys.length < seeds.length) continue;
      const mean = ys.reduce((a, b) => a + b, 0) / ys.length;
      const half = t && t * Math.sqrt(ys.reduce((a, y) => a + (y - mean) ** 2, 0) / (ys.length - 1) / ys.length);
      list.push([x, mean, mean - half, mean + half]);
    }
    return list.sort((a, b) => a[0] - b[0]);
  }

  // axis maps values to 0 … 1, with its ticks.
  function axis(low, high, log, most) {
    const ticks = [];
    if (log) {
      const decades = Math.log10(high / low), steps = decades > 3 ? [1] : decades > 1.2 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
      const stride = Math.max(1, Math.ceil(decades / most));
      for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e += stride) {
        for (const m of steps) { const v = m * 10 ** e; if (v >= low * 0.9999 && v <= high * 1.0001) ticks.push(v); }
      }
      return { ticks, at: v => Math.log(v / low) / Math.log(high / low) };
    }
    const ten = 10 ** Math.floor(Math.log10((high - low) / most));
    const step = [1, 2, 5, 10].map(m => m * ten).find(s => s >= (high - low) / most * 0.9999);
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) ticks.push(i * step);
    return { ticks, at: v => (v - low) / (high - low) };
  }

  // widened leaves room where all values are one, and a little at the ends.
  function widened(low, high, log) {
    if (log) return low === high ? [low / 2, high * 2] : [low / (high / low) ** 0.03, high * (high / low) ** 0.03];
    if (low === high) return low === 0 ? [0, 1] : [low - Math.abs(low) / 2, high + Math.abs(low) / 2];
    const room = (high - low) * 0.04;
    return [low >= 0 && low < room * 4 ? 0 : low - room, high + room];
  }

  // line is the path of points; where many fall on a pixel, their ends and extremes.
  function line(points, px, py) {
    const out = [];
    let bucket = [];
    const flush = () => {
      if (bucket.length > 4) {
        const ys = bucket.map(p => p[1]), first = bucket[0], last = bucket[bucket.length - 1];
        bucket = [first, [first[0], Math.min(...ys)], [first[0], Math.max(...ys)], last];
      }
      out.push(...bucket.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`));
      bucket = [];
    };
    for (const [x, y] of points) {
      const p = [px(x), py(y)];
      if (bucket.length && Math.floor(p[0]) !== Math.floor(bucket[0][0])) flush();
      bucket.push(p);
    }
    flush();
    return out.length ? 'M' + out.join('L') : '';
  }

  // nearest is the index of the x in an ascending list that is closest.
  function nearest(xs, x) {
    let lo = 0, hi = xs.length - 1;
    while (lo < hi) { const mid = (lo + hi) >> 1; if (xs[mid] < x) lo = mid + 1; else hi = mid; }
    return lo > 0 && x - xs[lo - 1] < xs[lo] - x ? lo - 1 : lo;
  }

  return function keyhullCurves(element, spec) {
    if (!document.adoptedStyleSheets.includes(sheet)) document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    const series = spec.series.map(s => ({ ...s, shown: true, seeds: s.seeds.map(r => ({ seed: r.seed, points: [...r.points] })) }));
    const state = { seeds: true, log: !!spec.y.log, at: -1, xs: [], asked: false, width: 0 };
    const figure = make('figure', undefined, { class: 'kc' }), caption = make('figcaption'), bar = make('div', undefined, { class: 'bar' });
    const svg = shape('svg', { class: 'plot', tabindex: '0', role: 'img' }), output = make('output'), details = make('details'), rows = make('div', undefined, { class: 'rows', tabindex: '0' });
    const [least, most] = spec.y.limits || [-Infinity, Infinity], cut = v => Math.min(Math.max(v, least), most);
    const note = make('p', 'Where an interval goes beyond what the quantity can be, its band ends there.', { class: 'made' });
    caption.append(make('b', spec.title));
    details.append(make('summary', 'Values'), rows);
    figure.append(caption, svg, output, bar, note, details);
    element.replaceChildren(figure);

    // The bar: series can be hidden, seeds left out, the axis made logarithmic, the points saved.
    const buttons = series.map(s => {
      const b = make('button', undefined, { type: 'button', 'aria-pressed': 'true' }), sample = shape('svg', { class: 'sample', viewBox: '0 0 28 10', 'aria-hidden': 'true' });
      const stroke = shape('path', { d: 'M0 5H28', class: 'mean', 'stroke-dasharray': s.dash || 'none' });
      stroke.style.stroke = colour(s);
      sample.append(stroke);
      b.append(sample, make('span', s.name));
      b.addEventListener('click', () => { s.shown = !s.shown; b.setAttribute('aria-pressed', s.shown); ask(); });
      return b;
    });
    const box = (text, checked, chosen) => {
      const label = make('label'), input = make('input', undefined, { type: 'checkbox' });
      input.checked = checked;
      input.addEventListener('change', () => { chosen(input.checked); ask(); });
      label.append(input, ' ' + text);
      return label;
    };
    const seedsBox = box('seeds', true, on => { state.seeds = on; }), logBox = box('log axis', state.log, on => { state.log = on; });
    const save = make('a', 'CSV', { href: '#', download: spec.title.replace(/[^\w.-]+/g, '_') + '.csv' });
    save.addEventListener('click', () => {
      const url = URL.createObjectURL(new Blob([csv()], { type: 'text/csv' }));
      save.href = url;
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    });
    bar.append(...buttons, seedsBox, logBox, save);

    function csv() {
      const cell = t => /[",\n]/.test(t) ? `"${t.replaceAll('"', '""')}"` : t, list = ['series,seed,' + cell(spec.x.label) + ',value,low95,high95'];
      for (const s of series) {
        for (const r of s.seeds) for (const [x, y] of r.points) list.push([cell(s.name), r.seed, x, y, '', ''].join(','));
        if (s.seeds.length > 1) for (const m of means(s)) list.push([cell(s.name), 'mean', ...m].join(','));
      }
      return list.join('\n') + '\n';
    }

    // ask draws once, at the next frame.
    function ask() {
      if (state.asked) return;
      state.asked = true;
      requestAnimationFrame(() => { state.asked = false; render(); });
    }

    let view = null; // of the last drawing: scales, means, the group of the cross
    function render() {
      const width = Math.max(260, Math.round(svg.getBoundingClientRect().width) || state.width || 560), height = Math.round(Math.min(340, Math.max(210, width * 0.5)));
      state.width = width;
      const shown = series.filter(s => s.shown), all = shown.map(s => ({ s, means: means(s) })), xs = new Set();
      let lowX = Infinity, highX = -Infinity, low = Infinity, high = -Infinity, positive = true;
      const take = (x, y) => { lowX = Math.min(lowX, x); highX = Math.max(highX, x); if (y > 0 || !state.log) { low = Math.min(low, y); high = Math.max(high, y); } positive = positive && y > 0; };
      for (const { s, means } of all) {
        for (const r of s.seeds) for (const [x, y] of r.points) { xs.add(x); if (state.seeds || s.seeds.length < 2) take(x, y); }
        for (const [x, m, l, h] of means) { take(x, m); if (!state.log || l > 0) { take(x, cut(l)); take(x, cut(h)); } }
      }
      for (const m of spec.marks || []) take(m.x, m.y);
      note.hidden = !all.some(a => a.s.seeds.length > 1 && a.means.length > 1 && a.means.some(([, , l, h]) => l < least || h > most));
      logBox.hidden = !positive && !state.log;
      seedsBox.hidden = !series.some(s => s.seeds.length > 1);
      state.xs = [...xs].sort((a, b) => a - b);
      svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
      svg.replaceChildren();
      view = null;
      if (!(lowX <= highX) || !(low <= high)) {
        svg.append(shape('text', { x: width / 2, y: height / 2, 'text-anchor': 'middle' }, 'no values yet'));
        svg.setAttribute('aria-label', `${spec.title}: no values yet`);
        return;
      }
      [low, high] = spec.y.range && !state.log ? spec.y.range : widened(low, high, state.log);
      if (lowX > 0 && lowX < highX / 10) lowX = 0;
      if (lowX === highX) { lowX -= 1; highX += 1; }
      const left = 58, right = 12, top = 10, bottom = 40, w = width - left - right, h = height - top - bottom;
      const ax = axis(lowX, highX, false, Math.max(3, Math.min(8, w / 80))), ay = axis(low, high, state.log, Math.max(2, h / 45));
      const px = x => left + w * ax.at(x), py = y => top + h * (1 - Math.min(1.02, Math.max(-0.02, ay.at(state.log ? Math.max(y, 1e-300) : y))));
      for (const v of ay.ticks) {
        svg.append(shape('path', { class: 'grid', d: `M${left} ${py(v).toFixed(1)}H${left + w}` }));
        svg.append(shape('text', { class: 'tick', x: left - 6, y: py(v) + 4, 'text-anchor': 'end' }, show(v)));
      }
      for (const v of ax.ticks) {
        svg.append(shape('path', { class: 'frame', d: `M${px(v).toFixed(1)} ${top + h}v4` }));
        svg.append(shape('text', { class: 'tick', x: px(v), y: top + h + 17, 'text-anchor': 'middle' }, show(v)));
      }
      svg.append(shape('path', { class: 'frame', d: `M${left} ${top}V${top + h}H${left + w}` }));
      svg.append(shape('text', { x: left + w / 2, y: height - 5, 'text-anchor': 'middle' }, spec.x.label));
      svg.append(shape('text', { transform: `translate(12 ${top + h / 2}) rotate(-90)`, 'text-anchor': 'middle' }, spec.y.label));
      for (const { s, means } of all) {
        const stroke = (e, what) => { e.style[what] = colour(s); svg.append(e); };
        if (s.seeds.length > 1 && means.length > 1) {
          const up = line(means.map(m => [m[0], cut(m[3])]), px, py), down = line(means.map(m => [m[0], cut(m[2])]).reverse(), px, py);
          stroke(shape('path', { class: 'band', d: `${up}L${down.slice(1)}Z` }), 'fill');
        }
        if (s.seeds.length > 1 && (state.seeds || means.length < 2)) for (const r of s.seeds) stroke(shape('path', { class: 'seed', d: line(r.points, px, py) }), 'stroke');
        stroke(shape('path', { class: 'mean', d: line(means.map(m => [m[0], m[1]]), px, py), 'stroke-dasharray': s.dash || 'none' }), 'stroke');
        if (means.length === 1) stroke(shape('circle', { class: 'dot', cx: px(means[0][0]), cy: py(means[0][1]), r: 3.5 }), 'fill');
      }
      for (const m of spec.marks || []) {
        const g = shape('circle', { class: 'mark', cx: px(m.x), cy: py(m.y), r: 5 });
        g.style.stroke = colour(m);
        g.append(shape('title', {}, `${m.label}: ${show(m.y)} at ${spec.x.label} ${show(m.x)}`));
        svg.append(g);
      }
      view = { all, px, py, left, w, top, h, cross: shape('g') };
      svg.append(view.cross);
      svg.setAttribute('aria-label', `${spec.title}, ${spec.y.label} over ${spec.x.label}. ` + all.filter(a => a.means.length).map(a => says(a, a.means[a.means.length - 1])).join('; ') + '. Arrow keys read other steps.');
      if (state.at >= 0) point(state.at); else output.textContent = '';
      if (details.open) table();
    }

    function says({ s, means }, m) {
      const n = s.seeds.filter(r => r.points.length).length;
      return `${s.name} ${show(m[1])}` + (n > 1 ? ` (mean of ${n} seeds, ${show(m[2])} to ${show(m[3])})` : '') + (means ? ` at ${show(m[0])}` : '');
    }

    // point reads all values at the i-th step.
    function point(i) {
      state.at = Math.max(0, Math.min(i, state.xs.length - 1));
      if (!view || !state.xs.length) return;
      const x = state.xs[state.at], at = view.px(x).toFixed(1), parts = [];
      view.cross.replaceChildren(shape('path', { class: 'cross', d: `M${at} ${view.top}V${view.top + view.h}` }));
      for (const { s, means } of view.all) {
        const m = means.find(m => m[0] === x), values = s.seeds.map(r => [r.seed, r.points.find(p => p[0] === x)]).filter(v => v[1]);
        if (m) parts.push(says({ s }, m));
        else if (values.length) parts.push(`${s.name} ` + values.slice(0, 4).map(v => `seed ${v[0]}: ${show(v[1][1])}`).join(', ') + (values.length > 4 ? ', …' : ''));
        for (const y of m ? [m[1]] : values.map(v => v[1][1])) {
          const dot = shape('circle', { class: 'dot', cx: at, cy: view.py(y), r: 3.5 });
          dot.style.fill = colour(s);
          view.cross.append(dot);
        }
      }
      output.textContent = `${spec.x.label} ${show(x)}: ` + (parts.join('; ') || 'not measured');
    }
    function leave() { state.at = -1; output.textContent = ''; if (view) view.cross.replaceChildren(); }

    // table lists at most 60 steps for those who do not see the curves.
    function table() {
      const every = Math.ceil(state.xs.length / 60), t = make('table', undefined, { class: 'numbers' }), head = make('tr'), body = make('tbody');
      head.append(make('th', spec.x.label, { scope: 'col' }), ...view ? view.all.map(a => make('th', a.s.name, { scope: 'col' })) : []);
      const found = view ? view.all.map(a => new Map(a.means.map(m => [m[0], m]))) : [];
      state.xs.filter((_, i) => i % every === 0 || i === state.xs.length - 1).forEach(x => {
        const row = make('tr');
        row.append(make('th', show(x), { scope: 'row' }), ...found.map((of, k) => {
          const m = of.get(x);
          return make('td', !m ? '' : view.all[k].s.seeds.length > 1 ? `${show(m[1])} (${show(m[2])} to ${show(m[3])})` : show(m[1]));
        }));
        body.append(row);
      });
      const thead = make('thead');
      thead.append(head);
      t.append(make('caption', series.some(s => s.seeds.length > 1) ? 'Mean over seeds (95 % interval)' : ''), thead, body);
      rows.replaceChildren(t);
    }

    svg.addEventListener('pointermove', e => {
      if (!view || !state.xs.length) return;
      const r = svg.getBoundingClientRect(), u = ((e.clientX - r.left) * state.width / r.width - view.left) / view.w, first = state.xs[0], last = state.xs[state.xs.length - 1];
      output.removeAttribute('aria-live');
      point(nearest(state.xs, first + u * (last - first)));
    });
    svg.addEventListener('pointerleave', leave);
    svg.addEventListener('keydown', e => {
      const now = state.at < 0 ? state.xs.length - 1 : state.at, page = Math.max(1, Math.round(state.xs.length / 10));
      const to = { ArrowLeft: now - 1, ArrowRight: now + 1, PageUp: now - page, PageDown: now + page, Home: 0, End: state.xs.length - 1 }[e.key];
      if (e.key === 'Escape') leave();
      if (to === undefined) return;
      e.preventDefault();
      output.setAttribute('aria-live', 'polite');
      point(to);
    });
    details.addEventListener('toggle', () => { if (details.open) table(); });
    new ResizeObserver(() => { if (Math.abs(svg.getBoundingClientRect().width - state.width) > 2) ask(); }).observe(figure);

    const find = (i, seed) => series[i].seeds.find(r => r.seed === seed);
    render();
    return {
      append(i, seed, points) {
        const there = find(i, seed) || series[i].seeds[series[i].seeds.push({ seed, points: [] }) - 1];
        for (const p of points) if (!there.points.length || p[0] > there.points[there.points.length - 1][0]) there.points.push(p);
        ask();
      },
      reset(i, seed) { const r = find(i, seed); if (r) r.points = []; ask(); },
      draw: ask,
    };
  };
})();
