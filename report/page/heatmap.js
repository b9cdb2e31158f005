// A heatmap that tells the value of each cell, and for one that is chosen a key set of it. Goes on from make.js.
(window.keyhullWidgets ||= {}).heatmap = async (box, artifact, options) => {
  const table = await artifact.table(), at = name => table.column(name);
  const number = (row, name) => Number(row[at(name)]);
  const percent = x => `${+(100 * x).toPrecision(3)}\u00a0%`;
  const sorted = values => [...new Set(values)].sort((a, b) => a - b);

  // colour is the palette's at t in 0 … 1.
  function colour(t) {
    const p = options.palette, x = Math.min(Math.max(t, 0), 1) * (p.length - 1), i = Math.min(Math.floor(x), p.length - 2);
    return `rgb(${p[i].map((a, k) => Math.round(a + (x - i) * (p[i + 1][k] - a)))})`;
  }

  // One map, or one for each d where columns are something else.
  const groups = options.x === 'd' ? [['', table.rows]] : sorted(table.rows.map(r => number(r, 'd'))).map(d => [`d = ${d}`, table.rows.filter(r => number(r, 'd') === d)]);
  for (const [name, rows] of groups) map(name, rows);

  function map(name, rows) {
    const xs = sorted(rows.map(r => number(r, options.x))), ys = sorted(rows.map(r => number(r, 'n'))), cells = new Map(rows.map(r => [`${number(r, options.x)} ${number(r, 'n')}`, r]));
    const room = box.clientWidth || 700, left = 52, top = name ? 24 : 8, right = 80, w = Math.max(180, Math.min(560, room - left - right)), h = Math.min(400, 0.5 * w + 180), bottom = 40, cw = w / xs.length, ch = h / ys.length;
    const svg = shape('svg', { class: 'plot heat', viewBox: `0 0 ${left + w + right} ${top + h + bottom}`, tabindex: 0, role: 'application',
      'aria-label': `${artifact.title} ${name}: heatmap. Arrow keys move between cells, Enter shows a key set.` });
    const says = make('output', undefined, { class: 'value', 'aria-live': 'polite' }), more = make('div', undefined, { class: 'instance' });
    const px = i => left + i * cw, py = j => top + h - (j + 1) * ch;
    if (name) svg.append(shape('text', { x: left, y: 14, class: 'head' }, name));
    xs.forEach((x, i) => ys.forEach((y, j) => {
      const row = cells.get(`${x} ${y}`);
      if (row) svg.append(shape('rect', { x: px(i).toFixed(2), y: py(j).toFixed(2), width: (cw + 0.3).toFixed(2), height: (ch + 0.3).toFixed(2), fill: colour(number(row, options.share)) }));
    }));
    svg.append(shape('rect', { class: 'frame', x: left, y: top, width: w, height: h }));
    const every = (list, most) => Math.ceil(list.length / most);
    xs.forEach((x, i) => { if (i % every(xs, w / 28) === 0) svg.append(shape('text', { x: px(i) + cw / 2, y: top + h + 17, 'text-anchor': 'middle' }, x)); });
    ys.forEach((y, j) => { if (j % every(ys, h / 18) === 0) svg.append(shape('text', { x: left - 7, y: py(j) + ch / 2 + 4, 'text-anchor': 'end' }, y)); });
    svg.append(shape('text', { x: left + w / 2, y: top + h + 36, 'text-anchor': 'middle' }, options.label));
    svg.append(shape('text', { transform: `translate(13 ${top + h / 2}) rotate(-90)`, 'text-anchor': 'middle' }, 'number of keys n'));
    for (let i = 0; i < 64; i++) svg.append(shape('rect', { x: left + w + 16, y: top + h * (1 - (i + 1) / 64), width: 13, height: h / 64 + 0.5, fill: colour(i / 63) }));
    for (let i = 0; i <= 4; i++) svg.append(shape('text', { x: left + w + 34, y: top + h * (1 - i / 4) + 4 }, `${25 * i} %`));
    const ring = shape('rect', { class: 'ring', width: cw, height: ch }), rim = shape('rect', { class: 'rim', width: cw, height: ch });
    let now = null;

    function point(i, j) {
      i = Math.min(Math.max(i, 0), xs.length - 1);
      j = Math.min(Math.max(j, 0), ys.length - 1);
      now = [i, j];
      for (const r of [rim, ring]) { r.setAttribute('x', px(i)); r.setAttribute('y', py(j)); svg.append(r); }
      const row = cells.get(`${xs[i]} ${ys[j]}`), runs = row && number(row, 'runs');
      says.textContent = row ? `${name ? name + ', ' : ''}${options.x === 'width' ? 'w' : 'd'} = ${xs[i]}, n = ${ys[j]}: ${row[at('with_unselectable')]} of ${runs} key sets hold an unselectable key, ${percent(number(row, options.share))} (95 % interval ${percent(number(row, options.low))} to ${percent(number(row, options.high))})` : 'not computed';
    }
    const leave = () => { now = null; ring.remove(); rim.remove(); says.textContent = options.norm ? 'Point at a cell; click it for one of its key sets.' : 'Point at a cell.'; };
    const choose = () => { if (now && options.norm) instance(more, cells.get(`${xs[now[0]]} ${ys[now[1]]}`)); };
    const under = event => {
      const r = svg.getBoundingClientRect(), unit = (left + w + right) / r.width;
      const i = Math.floor(((event.clientX - r.left) * unit - left) / cw), j = Math.floor((top + h - (event.clientY - r.top) * unit) / ch);
      return i >= 0 && i < xs.length && j >= 0 && j < ys.length ? [i, j] : null;
    };
    svg.addEventListener('pointermove', event => { const c = under(event); if (c) point(...c); });
    svg.addEventListener('pointerleave', () => { if (document.activeElement !== svg) leave(); });
    svg.addEventListener('blur', leave);
    svg.addEventListener('click', event => { const c = under(event); if (c) { point(...c); choose(); } });
    svg.addEventListener('keydown', event => {
      const [i, j] = now || [0, ys.length - 1], to = { ArrowLeft: [i - 1, j], ArrowRight: [i + 1, j], ArrowUp: [i, j + 1], ArrowDown: [i, j - 1], Home: [0, j], End: [xs.length - 1, j] }[event.key];
      if (to) point(...(now ? to : [i, j]));
      else if (event.key === 'Enter' || event.key === ' ') choose();
      else return;
      event.preventDefault();
    });
    box.append(svg, says, more);
    leave();
  }

  // instance shows a key set of a cell: which of its keys are unselectable, and a picture; where keys have more than three
  // coordinates, of their projection.
  async function instance(into, row) {
    if (!row) return;
    const d = Number(row[at('d')]), n = Number(row[at('n')]);
    const sets = await artifact.table('sets').catch(() => null), keys = await artifact.table('keys').catch(() => null);
    const set = sets && sets.rows.find(r => Number(r[sets.column('d')]) === d && Number(r[sets.column('n')]) === n);
    into.replaceChildren(make('h3', `One of the key sets with d = ${d} and n = ${n}`));
    if (set) {
      const lost = set[sets.column('unselectable')].split(' ').filter(Boolean), run = set[sets.column('run')];
      into.append(make('p', lost.length ? `Set ${run} is the first that holds an unselectable key. Of its keys 0 to ${n - 1}, unselectable: ${lost.join(', ')}.` : `No set of this cell holds an unselectable key. Shown is set ${run}: each of its ${n} keys is a corner of the hull.`));
      const of = keys && keys.rows.filter(r => Number(r[keys.column('d')]) === d && Number(r[keys.column('n')]) === n);
      const part = d > 3 ? Number(set[sets.column('variance_shown')]) : 1;
      if (of && of.length) picture(into, of.map(r => ({ at: [1, 2, 3].map(k => Number(r[keys.column(`x${k}`)])), lost: lost.includes(r[keys.column('key')]), name: r[keys.column('key')] })), d, part);
      else into.append(make('p', 'There is no picture: in more than three dimensions only sets that hold an unselectable key have one.', { class: 'made' }));
    } else if (Number(row[at('first_run')]) >= 0) into.append(make('p', `Set ${row[at('first_run')]} is the first that holds an unselectable key: its key ${row[at('first_key')]}.`));
    else into.append(make('p', 'No set of this cell holds an unselectable key.'));
    into.append(make('p', 'The same cell from the command line:'), make('code', `keyhull heatmap --dims ${d} --keys ${n} --runs ${row[at('runs')]} --norm ${options.norm} --seed ${options.seed}`));
  }

  // picture draws keys in three dimensions, to be turned by dragging or by arrow keys: all d, or the first three principal
  // axes, along which the keys have so much of their variance.
  function picture(into, keys, d, part) {
    const space = d > 3 ? `projected from ${d} to three dimensions` : 'in three dimensions';
    const size = 320, svg = shape('svg', { class: 'plot turn', viewBox: `0 0 ${size} ${size}`, tabindex: 0, role: 'img', 'aria-label': `${keys.length} keys ${space}, ${keys.filter(k => k.lost).length} of them unselectable. Drag or use the arrow keys to turn.` });
    const centre = [0, 1, 2].map(c => keys.reduce((sum, k) => sum + k.at[c] / keys.length, 0)), away = k => k.at.map((v, c) => v - centre[c]);
    const scale = 0.46 * size / (Math.max(...keys.map(k => Math.hypot(...away(k)))) || 1);
    let turn = 0.5, tilt = 0.35;
    function render() {
      const [st, ct, sh, ch] = [Math.sin(turn), Math.cos(turn), Math.sin(tilt), Math.cos(tilt)];
      const seen = keys.map(k => {
        const [x, y, z] = away(k), a = ct * x + st * y, b = -st * x + ct * y;
        return { ...k, x: size / 2 + scale * a, y: size / 2 - scale * (ch * z - sh * b), depth: sh * z + ch * b };
      }).sort((a, b) => b.depth - a.depth);
      svg.replaceChildren(shape('path', { class: 'hull', d: outline(seen) }), ...seen.map(k => {
        const mark = k.lost ? shape('path', { class: 'lost', d: `M${k.x - 4.5} ${k.y - 4.5}h9v9h-9zl9 9m0-9l-9 9` }) : shape('circle', { class: 'key', cx: k.x, cy: k.y, r: 4.5 });
        mark.append(shape('title', {}, `key ${k.name}: ${k.lost ? 'unselectable' : 'selectable'}`));
        return mark;
      }));
    }
    svg.addEventListener('pointerdown', event => svg.setPointerCapture(event.pointerId));
    svg.addEventListener('pointermove', event => {
      if (!svg.hasPointerCapture(event.pointerId)) return;
      turn += event.movementX / 120;
      tilt = Math.min(Math.max(tilt + event.movementY / 120, -1.5), 1.5);
      render();
    });
    svg.addEventListener('keydown', event => {
      const by = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[event.key];
      if (!by) return;
      event.preventDefault();
      turn += by[0];
      tilt = Math.min(Math.max(tilt + by[1], -1.5), 1.5);
      render();
    });
    render();
    if (d > 3) into.append(make('p', `A projection: the keys on their first three principal axes, which hold ${percent(part)} of their variance. A selectable key may look hidden here, for it stands out in the other dimensions.`));
    into.append(svg, make('p', 'Circles are selectable keys, crossed squares unselectable ones; the outline is that of the hull as seen from here. Drag it, or use the arrow keys.', { class: 'made' }));
  }

  // outline is the convex hull of points of the picture, by Andrew's monotone chain.
  function outline(points) {
    const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y), half = list => {
      const chain = [];
      for (const p of list) {
        for (let a, b; chain.length > 1 && ([a, b] = chain.slice(-2), (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x) <= 0);) chain.pop();
        chain.push(p);
      }
      return chain.slice(0, -1);
    };
    return `M${[...half(sorted), ...half(sorted.reverse())].map(p => `${p.x.toFixed(1)} ${p.y.toFixed(1)}`).join('L')}Z`;
  }
};
