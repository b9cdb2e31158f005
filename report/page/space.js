// Figures 1a and 1b in three dimensions, over training. Goes on from svg.js.

// frames reads the table of a figure: a row for each class at each step.
function frames(csv) {
  const [head, ...rows] = csv.trim().split(/\r?\n/).map(line => line.split(',')), at = name => head.indexOf(name), list = [];
  const three = (row, what) => [1, 2, 3].map(c => +row[at(`${what}_x${c}`)]);
  for (const row of rows) {
    const step = +row[at('step')];
    if (!list.length || list[list.length - 1].step !== step) list.push({ step, keys: [], queries: [] });
    list[list.length - 1].keys.push(three(row, 'key'));
    list[list.length - 1].queries.push(three(row, 'query'));
  }
  return list;
}

// degrees is the angle of a vector to the line of 1, 0 to 90.
const degrees = q => Math.acos(Math.min(1, Math.abs(q[0] + q[1] + q[2]) / Math.sqrt(3) / (Math.hypot(...q) || 1))) * 180 / Math.PI;

// attention of a query over one token of each class.
function weights(q, keys) {
  const scores = keys.map(k => inner(q, k)), top = Math.max(...scores), e = scores.map(s => Math.exp(s - top)), sum = e.reduce((a, b) => a + b);
  return e.map(x => x / sum);
}

// keyhullSpace fills an element with the figure. data is the text of the figure's
// CSV file.
globalThis.keyhullSpace = (root, data) => {
  const film = frames(data), s = { at: film.length - 1, turn: -10, tilt: 20, zoom: 1, chosen: -1 };
  const reach = Math.max(...film[film.length - 1].keys.map(k => Math.hypot(...k))) || 1;
  const step = n => n.toLocaleString('en-US'), percent = x => `${(100 * x).toFixed(1)}\u00a0%`;
  let places = [], timer = 0;

  root.classList.add('keyhull-space');
  const svg = mark(root, 'svg', { viewBox: '-130 -120 260 240', tabindex: 0, role: 'application', 'aria-roledescription': 'figure in three dimensions' });
  const says = make('p', '', { class: 'ks-says', 'aria-live': 'polite' }), controls = make('div', undefined, { class: 'ks-controls' });
  root.append(controls, says);
  const slider = (text, attributes, change) => {
    const label = make('label', text + ' '), input = make('input', undefined, { type: 'range', ...attributes });
    input.addEventListener('input', () => { change(+input.value); draw(); });
    label.append(input);
    controls.append(label);
    return input;
  };
  const play = make('button', 'Play', { type: 'button' });
  controls.append(play);
  const time = slider('Step', { min: 0, max: film.length - 1, step: 1 }, v => { s.at = v; });
  const turn = slider('Turn', { min: -180, max: 180, step: 1 }, v => { s.turn = v; });
  const tilt = slider('Tilt', { min: -90, max: 90, step: 1 }, v => { s.tilt = v; });
  const zoom = slider('Zoom', { min: -1, max: 3, step: 0.05 }, v => { s.zoom = 2 ** v; });
  const more = make('details'), table = make('table', undefined, { class: 'numbers' });
  table.append(make('caption'), make('thead'), make('tbody'));
  more.append(make('summary', 'The numbers at this step'), make('div', undefined, { class: 'ks-scroll' }));
  more.lastChild.append(table);
  more.addEventListener('toggle', () => draw());
  root.append(more);

  function draw() {
    const { keys, queries } = film[s.at], view = look(3, s.turn, s.tilt), at = p => view.at(p).map(x => x * 72 * s.zoom / reach);
    svg.replaceChildren();
    const plane = mark(svg, 'g', { class: 'ks-ground' }), far = 1.42 * reach;
    mark(plane, 'polygon', { points: place(ring(reach).map(at)), class: 'ks-plane' });
    for (let c = 0; c < 3; c++) {
      const [x, y] = at([0, 1, 2].map(k => k === c ? far : 0));
      mark(plane, 'line', { x1: 0, y1: 0, x2: x, y2: -y });
      mark(plane, 'text', { x: x * 1.07, y: -y * 1.07 + 3 }, 'x' + '₁₂₃'[c]);
    }
    const [ox, oy] = at([1, 1, 1].map(() => far / Math.sqrt(3)));
    mark(plane, 'line', { x1: -ox, y1: oy, x2: ox, y2: -oy, class: 'ks-ones' });
    mark(plane, 'text', { x: ox + 6, y: -oy + 4 }, '1');
    places = keys.map(at);
    const items = keys.flatMap((_, c) => [[places[c][2], g => key(g, c)], [at(queries[c])[2] / 2, g => query(g, c)]]);
    for (const [, paint] of items.sort((a, b) => a[0] - b[0])) paint(svg);

    function dress(c) { return `ks-class ks-${c % 10}${s.chosen >= 0 && s.chosen !== c ? ' ks-other' : ''}`; }
    function key(g, c) {
      const [x, y] = places[c], mean = (keys[c][0] + keys[c][1] + keys[c][2]) / 3, foot = at(keys[c].map(v => v - mean));
      const own = mark(g, 'g', { class: dress(c) });
      mark(own, 'line', { x1: x, y1: -y, x2: foot[0], y2: -foot[1], class: 'ks-stem' });
      mark(own, 'circle', { cx: x, cy: -y, r: 5.5 });
      mark(own, 'text', { x, y: -y + 2.7, class: 'ks-number' }, c);
    }
    function query(g, c) {
      const size = Math.hypot(...queries[c]);
      if (!size) return;
      const tip = at(queries[c].map(v => 1.2 * reach * v / size)), own = arrow(g, [0, 0], tip, { class: dress(c) + ' ks-query' });
      mark(own, 'text', { x: tip[0] * 1.09, y: -tip[1] * 1.09 + 2.5 }, c);
    }
    words(keys, queries);
    Object.assign(time, { value: s.at });
    time.setAttribute('aria-valuetext', 'step ' + step(film[s.at].step));
    Object.assign(turn, { value: s.turn });
    Object.assign(tilt, { value: s.tilt });
    Object.assign(zoom, { value: Math.log2(s.zoom) });
    if (more.open) numbers(keys, queries);
  }

  function words(keys, queries) {
    const mean = queries.reduce((sum, q) => sum + degrees(q), 0) / queries.length;
    let text = `Step ${step(film[s.at].step)} of ${step(film[film.length - 1].step)}. Mean angle of the queries to 1: ${mean.toFixed(1)}°. `;
    if (s.chosen >= 0) {
      const w = weights(queries[s.chosen], keys);
      text += `Class ${s.chosen}: its query makes ${degrees(queries[s.chosen]).toFixed(1)}° with 1 and spreads its attention, over one token of each class, from ${percent(Math.min(...w))} to ${percent(Math.max(...w))}.`;
    } else text += 'Click a key to see its class alone.';
    if (says.textContent !== text) says.textContent = text;
    svg.setAttribute('aria-label', `Keys as points, queries as arrows, the plane orthogonal to 1 as a disc. ${text} Arrow keys turn, plus and minus zoom, Page Up and Page Down go through training, digits choose a class.`);
  }

  function numbers(keys, queries) {
    table.caption.textContent = `Step ${step(film[s.at].step)}; attention is over one token of each class`;
    const head = make('tr');
    head.append(...['class', 'key', 'query', 'angle to 1', 'least attention', 'most'].map(t => make('th', t, { scope: 'col' })));
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...keys.map((k, c) => {
      const row = make('tr'), w = weights(queries[c], keys);
      row.append(make('th', c, { scope: 'row' }), ...[vector(k), vector(queries[c]), degrees(queries[c]).toFixed(1) + '°', percent(Math.min(...w)), percent(Math.max(...w))].map(t => make('td', t)));
      return row;
    }));
  }

  const rotate = (dx, dy) => { s.turn = (s.turn + dx + 540) % 360 - 180; s.tilt = Math.max(-90, Math.min(90, s.tilt - dy)); };
  const bigger = f => { s.zoom = Math.max(0.5, Math.min(8, s.zoom * f)); };
  const choose = c => { s.chosen = s.chosen === c || c >= film[0].keys.length ? -1 : c; };
  let moved = 0, under = -1;
  drags(svg, ([x, y]) => {
    moved = 0;
    const gap = places.map(p => Math.hypot(p[0] - x, p[1] - y)), c = gap.indexOf(Math.min(...gap));
    under = gap[c] < 9 ? c : -1;
  }, (dx, dy) => { moved += Math.abs(dx) + Math.abs(dy); rotate(0.8 * dx, 0.8 * dy); draw(); }, () => { if (moved < 3) { choose(under < 0 ? s.chosen : under); draw(); } });
  svg.addEventListener('wheel', event => {
    if (!event.ctrlKey) return; // else the page scrolls
    event.preventDefault();
    bigger(2 ** (-event.deltaY / 200));
    draw();
  }, { passive: false });
  svg.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = film.length - 1, go = to => { s.at = Math.max(0, Math.min(last, to)); };
    const act = { ArrowLeft: () => rotate(-6, 0), ArrowRight: () => rotate(6, 0), ArrowUp: () => rotate(0, 6), ArrowDown: () => rotate(0, -6), '+': () => bigger(1.2), '=': () => bigger(1.2), '-': () => bigger(1 / 1.2),
      PageUp: () => go(s.at - 1), PageDown: () => go(s.at + 1), Home: () => go(0), End: () => go(last) }[event.key] || (/^\d$/.test(event.key) ? () => choose(+event.key) : null);
    if (!act) return;
    event.preventDefault();
    act();
    draw();
  });
  const stop = () => { clearInterval(timer); timer = 0; play.textContent = 'Play'; };
  play.addEventListener('click', () => {
    if (timer) return stop();
    if (s.at === film.length - 1) s.at = 0;
    play.textContent = 'Pause';
    draw();
    timer = setInterval(() => { s.at++; draw(); if (s.at === film.length - 1) stop(); }, 250);
  });
  draw();
};
