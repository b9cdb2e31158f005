// The pictures and tables of the explorable hull. Goes on from svg.js,
// hull_measure.js and explore_words.js.

// signs are how a verdict looks: by shape first, by colour as well.
const signs = {
  selectable: (g, x, y) => mark(g, 'circle', { cx: x, cy: y, r: 3.2 }),
  tied: (g, x, y) => { mark(g, 'circle', { cx: x, cy: y, r: 4.4, class: 'kx-open' }); mark(g, 'circle', { cx: x, cy: y, r: 1.7 }); },
  face: (g, x, y) => mark(g, 'rect', { x: x - 2.9, y: y - 2.9, width: 5.8, height: 5.8, class: 'kx-open' }),
  unknown: (g, x, y) => mark(g, 'circle', { cx: x, cy: y, r: 2.8, class: 'kx-open' }), // no verdict
  interior: (g, x, y) => mark(g, 'path', { d: `M${x - 3} ${y - 3}l6 6m0 -6l-6 6`, class: 'kx-open' }),
};

// extent is a round half-width that holds all points, in steps of √2, so that a
// picture keeps its scale while a key moves a little.
function extent(points) {
  const most = Math.max(1e-9, ...points.map(p => Math.hypot(...p)));
  return 2 ** (Math.ceil(2 * Math.log2(most * 1.12)) / 2);
}

// draw shows points on a picture and returns where each is: to the right, up
// and towards the eye, in units of the picture, ±100. v has
//   points, dim, look   float64 points, 1 to 3 numbers each, seen so
//   reach               what ±100 stands for
//   verdicts, chosen    of the points; the number of the chosen one
//   edges               of the hull as pairs of points, or null
//   bases               of the chosen key: keys and weights
//   query               of length 1, or null; gap is by how much it wins
//   plane, circle       whether the keys lie orthogonal to 1; radius of their sphere, or 0
function draw(picture, v) {
  const [svg, touch] = layers(picture);
  picture.setAttribute('viewBox', v.dim === 1 ? '-110 -45 220 90' : '-110 -110 220 220');
  const at = p => v.look.at(p).map(x => 100 * x / v.reach), places = v.points.map(at), here = places[v.chosen];
  ground(svg, v, at);
  if (v.edges) hullOf(svg, v, places);
  if (v.query && v.dim === 2) levels(svg, v, here);
  for (const t of v.bases.flat()) {
    mark(svg, 'line', { class: 'kx-mask', x1: here[0], y1: -here[1], x2: places[t.key][0], y2: -places[t.key][1], 'stroke-width': 1 + 3 * t.weight });
  }
  if (v.query) {
    const tip = v.look.at(v.query).map(x => 78 * x);
    if (Math.hypot(tip[0], tip[1]) > 12) {
      arrow(svg, [0, 0], tip, { class: 'kx-query' });
      mark(svg, 'text', { x: tip[0] * 1.08, y: -tip[1] * 1.08 + 3, class: 'kx-query-name' }, 'q');
    }
  }
  const order = [...places.keys()].sort((i, j) => places[i][2] - places[j][2]), masks = new Set(v.bases.flat().map(t => t.key));
  for (const i of order) keyOf(svg, v, i, places[i], masks.has(i));
  while (touch.childElementCount > places.length) touch.lastChild.remove();
  while (touch.childElementCount < places.length) mark(touch, 'circle', { r: 12 });
  places.forEach(([x, y], i) => { touch.children[i].setAttribute('cx', x); touch.children[i].setAttribute('cy', -y); });
  return places;
}

// layers are what is drawn anew, and above it what fingers touch: that stays,
// since a touch ends when its element goes.
function layers(picture) {
  if (!picture.lastChild) for (const name of ['kx-drawn', 'kx-touch']) mark(picture, 'g', { class: name });
  picture.firstChild.replaceChildren();
  return picture.children;
}

function keyOf(svg, v, i, [x, y, near], masks) {
  const chosen = i === v.chosen, g = mark(svg, 'g', { class: `kx-key kx-${v.verdicts[i]}${chosen ? ' kx-chosen' : ''}${masks ? ' kx-masks' : ''}` });
  if (v.dim === 3) g.setAttribute('opacity', (0.78 + 0.22 * Math.max(-1, Math.min(1, near / 80))).toFixed(2));
  if (chosen) mark(g, 'circle', { cx: x, cy: -y, r: 6.6, class: 'kx-halo' });
  signs[v.verdicts[i]](g, x, -y);
  const out = Math.hypot(x, y) || 1;
  const [dx, dy] = v.dim === 1 ? [0, (i % 2 ? 1 : -1) * (8.4 + 7 * (i % 4 > 1))] : [8.4 * (x || 1) / out, -8.4 * y / out];
  mark(g, 'text', { x: x + dx, y: -y + dy + 2.5, class: 'kx-name' }, i);
}

// ground draws axes, the plane orthogonal to 1 and the sphere of the keys.
function ground(svg, v, at) {
  const g = mark(svg, 'g', { class: 'kx-ground' }), far = v.reach * 1.06;
  if (v.plane) {
    if (v.dim === 3) mark(g, 'polygon', { points: place(ring(v.circle || v.reach * 0.9).map(at)), class: 'kx-plane' });
    if (v.dim === 2) mark(g, 'polyline', { points: place([[far, -far], [-far, far]].map(at)), class: 'kx-plane' });
  } else if (v.circle) {
    mark(g, 'circle', { cx: 0, cy: 0, r: 100 * v.circle / v.reach, class: 'kx-plane' });
  }
  for (let c = 0; c < v.dim; c++) {
    const end = Array.from({ length: v.dim }, (_, k) => k === c ? far : 0), [x, y] = at(end), [a, b] = at(end.map(z => v.dim === 3 ? 0 : -z));
    mark(g, 'line', { x1: a, y1: -b, x2: x, y2: -y });
    mark(g, 'text', { x: Math.max(-104, Math.min(104, x * 1.01)), y: Math.max(-103, Math.min(108, -y * 1.01 + (c ? 0 : v.dim === 1 ? 26 : 9))) }, `${v.axis}${'₁₂₃'[c]}`);
  }
  if (v.dim === 3) {
    const [x, y] = at([1, 1, 1].map(() => far / Math.sqrt(3)));
    mark(g, 'line', { x1: 0, y1: 0, x2: x, y2: -y, class: 'kx-ones' });
    mark(g, 'text', { x: x + 3, y: -y + 4 }, '1');
  }
  mark(g, 'circle', { cx: 0, cy: 0, r: 1.4, class: 'kx-origin' });
}

function hullOf(svg, v, places) {
  const g = mark(svg, 'g', { class: 'kx-hull' }), corners = new Set(v.edges.flat());
  mark(g, 'polygon', { points: place(outline([...corners].map(i => places[i]))) });
  for (const [a, b] of v.edges) {
    const back = v.dim === 3 && (places[a][2] + places[b][2]) / 2 < -8;
    mark(g, 'line', { x1: places[a][0], y1: -places[a][1], x2: places[b][0], y2: -places[b][1], class: back ? 'kx-back' : '' });
  }
}

// levels are the lines where all scores are as the chosen key's and as the next
// one's: the hull lies behind them.
function levels(svg, v, here) {
  const [x, y] = v.query, back = 100 * v.gap / v.reach;
  for (const [step, name] of v.gap > 1e-9 * v.reach ? [[0, 'kx-level'], [back, 'kx-level kx-next']] : [[0, 'kx-level']]) {
    const p = [here[0] - step * x, here[1] - step * y], reach = 300;
    mark(svg, 'line', { class: name, x1: p[0] - y * reach, y1: -(p[1] + x * reach), x2: p[0] + y * reach, y2: -(p[1] - x * reach) });
  }
}

// orderTable shows scores from the highest, or the weights of the keys that hide
// the chosen one.
function orderTable(box, f, chosen) {
  const bar = (own, key, number, part) => {
    const row = make('tr', undefined, own ? { class: 'kx-own' } : {}), last = make('td'), b = make('span', undefined, { class: 'kx-bar' });
    b.style.width = `${(100 * part).toFixed(1)}%`;
    last.append(b);
    row.append(make('th', 'key ' + key, { scope: 'row' }), make('td', number), last);
    return row;
  };
  box.hidden = !f || !f.bases.length && !f.scores;
  if (box.hidden) return;
  box.classList.toggle('kx-hides', f.bases.length > 0);
  if (f.bases.length) {
    box.caption.textContent = f.bases.length > 1 ? 'Hidden by: keys and weights, in more than one way' : 'Hidden by: keys and weights';
    box.tBodies[0].replaceChildren(...f.bases.flatMap(b => { const shown = weightWords(b.map(t => t.weight)); return b.map((t, k) => bar(false, t.key, shown[k], t.weight)); }));
    return;
  }
  const low = f.scores[f.scores.length - 1].score || -1;
  box.caption.textContent = 'Scores of the query q, less that of the key';
  box.tBodies[0].replaceChildren(...f.scores.slice(0, 6).map(t => bar(t.key === chosen, t.key, t.score === 0 ? '0' : fixed(t.score), 1 - 0.97 * t.score / low)));
}

// keysTable has a row for each key, whose numbers can be changed: set(i, c, x)
// does it, and keep() shows again what was there.
function keysTable(box, s, decided, set, keep) {
  const at = document.activeElement, d = s.rows[0].length, head = make('tr'), body = box.tBodies[0];
  head.append(...['key', ...times(d, c => `x${'₁₂₃'[c]}`), 'verdict', 'margin'].map(t => make('th', t, { scope: 'col' })));
  box.tHead.replaceChildren(head);
  const entry = (i, c) => {
    const cell = make('td'), input = make('input', undefined, { type: 'number', step: 'any', 'aria-label': `key ${i}, x${c + 1}` });
    input.addEventListener('change', () => {
      const x = input.valueAsNumber;
      if (Math.abs(x) <= 1e6) set(i, c, x); else { input.value = ''; keep(); } // nor NaN
    });
    cell.append(input);
    return cell;
  };
  if (body.rows.length !== s.rows.length || body.rows[0].querySelectorAll('input').length !== d) {
    body.replaceChildren(...s.rows.map((row, i) => {
      const line = make('tr');
      line.append(make('th', i, { scope: 'row' }), ...row.map((_, c) => entry(i, c)), make('td'), make('td'));
      return line;
    }));
  }
  [...body.rows].forEach((line, i) => {
    line.className = i === s.chosen ? 'kx-own' : '';
    line.querySelectorAll('input').forEach((input, c) => { if (input !== at || !input.value) input.value = s.rows[i][c]; });
    const verdict = decided ? decided.d.verdicts[i] : '—', vertex = verdict === 'selectable' || verdict === 'tied';
    line.cells[d + 1].textContent = verdict;
    line.cells[d + 2].textContent = vertex ? brief(margin(decided.keys, i).margin) : decided ? '0' : '';
  });
}
