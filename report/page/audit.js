// The page of an audit: what is common, and the map of heads. One module with make.js and strip.js.

const data = JSON.parse(document.getElementById('data').textContent);
const $ = id => document.getElementById(id);

// percent never shows some as none, nor nearly all as all.
function percent(x) {
  const p = 100 * x;
  if (x > 0 && p < 0.05) return '<0.1\u00a0%';
  if (x < 1 && p >= 99.95) return '>99.9\u00a0%';
  return p.toFixed(1) + '\u00a0%';
}
const short = x => x === 0 ? '0' : x < 1e-3 ? x.toExponential(1) : String(+x.toPrecision(2));
const of = (x, share) => share ? percent(x) : short(x);

// colour is the palette's at t in 0 … 1, and whether it is dark.
function colour(t) {
  const p = data.palette, at = Math.min(Math.max(t, 0), 1) * (p.length - 1), i = Math.min(Math.floor(at), p.length - 2);
  const mix = p[i].map((a, k) => Math.round(a + (at - i) * (p[i + 1][k] - a)));
  return { css: `rgb(${mix})`, dark: mix[0] * 0.3 + mix[1] * 0.59 + mix[2] * 0.11 < 108 };
}

// choices fills a fieldset with radio buttons.
function choices(box, name, items, first, chosen) {
  items.forEach(([value, text], i) => {
    const label = make('label'), input = make('input', undefined, { type: 'radio', name, value });
    input.checked = i === first;
    input.addEventListener('change', () => chosen(value));
    label.append(input, ' ' + text);
    box.append(label);
  });
}

// roving lets arrow keys move through cells laid out in rows.
function roving(rows, seen) {
  rows.forEach((row, r) => row.forEach((cell, c) => {
    if (!cell) return;
    cell.tabIndex = -1;
    cell.addEventListener('mouseenter', () => seen(r, c));
    cell.addEventListener('focus', () => {
      rows.flat().forEach(other => { if (other) other.tabIndex = -1; });
      cell.tabIndex = 0;
      seen(r, c);
    });
    cell.addEventListener('keydown', event => {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = (rows[r + step[0]] || [])[c + step[1]];
      if (next) next.focus();
    });
  }));
  const first = rows.flat().find(cell => cell);
  if (first) first.tabIndex = 0;
}

const sorted = list => [...new Set(list)].sort((a, b) => a - b);

// The map of heads: rows are heads, columns layers.
function mapOfHeads() {
  const layers = sorted(data.at.map(a => a[0])), heads = sorted(data.at.map(a => a[1]));
  const table = $('map'), head = make('tr'), body = make('tbody'), rows = heads.map(() => layers.map(() => null));
  table.append(make('caption', 'layer →, head ↓'));
  head.append(make('td', '', { 'aria-hidden': true }), ...layers.map(l => make('th', l, { scope: 'col' })));
  table.append(make('thead'), body);
  table.tHead.append(head);
  if (layers.length > 16) table.classList.add('many');
  if (layers.length <= 6) table.classList.add('few');
  heads.forEach((h, r) => {
    const row = make('tr');
    row.append(make('th', h, { scope: 'row' }), ...layers.map((l, c) => {
      const i = data.at.findIndex(a => a[0] === l && a[1] === h);
      const cell = make('td');
      if (i >= 0) { rows[r][c] = cell; cell.dataset.i = i; cell.addEventListener('click', () => show(...data.at[i])); }
      return cell;
    }));
    body.append(row);
  });
  let map;
  const words = i => {
    const [mean, low, high] = map.of[i], [l, h] = data.at[i];
    const range = low < high ? ` (${of(map.share ? Math.max(0, low) : low, map.share)} to ${of(map.share ? Math.min(1, high) : high, map.share)})` : '';
    return `layer ${l}, head ${h}: ${of(mean, map.share)}${range} ${map.title}`;
  };
  const choose = name => {
    map = data.maps.find(m => m.name === name);
    const values = map.of.map(v => v[0]), low = map.share ? 0 : Math.min(...values), high = Math.max(...values);
    const digits = high - Math.min(...values) < 0.1 ? 1 : 0;
    $('map-says').textContent = map.says + '.';
    scale($('map-scale'), of(low, map.share), of(high, map.share), high > low);
    rows.flat().forEach(cell => {
      if (!cell) return;
      const v = map.of[cell.dataset.i][0], c = colour(high > low ? (v - low) / (high - low) : 0);
      cell.style.background = c.css;
      cell.style.color = c.dark ? '#fff' : '#111';
      cell.textContent = map.share ? (100 * v).toFixed(v > 0.0995 || v === 0 ? digits : 1) : short(v);
      cell.setAttribute('aria-label', words(cell.dataset.i));
    });
    $('map-value').textContent = 'Point at a head, or move with the arrow keys; click to see its tokens.';
  };
  roving(rows, (r, c) => { $('map-value').textContent = words(rows[r][c].dataset.i); });
  choices($('maps'), 'map', data.maps.map(m => [m.name, m.title]), data.first, choose);
  $('maps').hidden = false;
  choose(data.maps[data.first].name);
}

// scale explains colours.
function scale(box, low, high, varies) {
  box.textContent = varies ? low : `${low} in every head`;
  if (!varies) return;
  const bar = make('span', undefined, { class: 'bar' });
  bar.style.background = `linear-gradient(90deg, ${data.palette.map(p => `rgb(${p})`)})`;
  box.append(bar, high);
}
