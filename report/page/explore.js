// The explorable hull: keys that one moves, and what that does to the verdicts.
// One script with svg.js, hull.js, hull_decide.js, hull_measure.js,
// explore_words.js and explore_draw.js; it fills every .keyhull-explore.

// random gives numbers N(0, 1), the same for the same seed.
function random(seed) {
  const uniform = () => { // mulberry32
    let t = seed += 0x6d2b79f5;
    t = Math.imul(t ^ t >>> 15, t | 1);
    t ^= t + Math.imul(t ^ t >>> 7, t | 61);
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

// grid rounds to what a pointer can aim at; such numbers are exact in few bits.
const grid = x => Math.round(x * 256) / 256;
const times = (n, f) => Array.from({ length: n }, (_, i) => f(i));

// presets make keys of d numbers; draw counts how often one was chosen.
const presets = {
  square: ['Square or cube, and its centre', d => [...times(2 ** d, i => times(d, c => i >> c & 1 ? 1 : -1)), times(d, () => 0)]],
  random: ['At random', (d, draw) => { const next = random(100 * d + draw); return times(d === 2 ? 12 : 16, () => times(d, () => grid(next()))); }],
  circle: ['On a circle or sphere', d => times(d === 2 ? 9 : 14, i => { // the sphere by the golden angle
    const z = d === 2 ? 0 : 1 - (2 * i + 1) / 14, a = d === 2 ? 2 * Math.PI * i / 9 + 0.3 : i * Math.PI * (3 - Math.sqrt(5)), r = Math.sqrt(1 - z * z);
    return [r * Math.cos(a), r * Math.sin(a), z].slice(0, d).map(x => grid(1.5 * x));
  })],
  rays: ['Long and short, same directions', d => [...times(5, i => [Math.cos(1.2566 * i), Math.sin(1.2566 * i), 0.6 * (i % 2) - 0.3].slice(0, d))]
    .flatMap(x => [x.map(v => grid(1.6 * v)), x.map(v => grid(1.6 * v) / 2)])],
  line: ['On a line', d => times(6, i => [i - 2.5, (i - 2.5) / 2 + 0.25, (2.5 - i) / 4].slice(0, d))],
  copies: ['Equal keys, and one on an edge', d => [[1.5, -1, 0], [-1.5, -1, 0], [0, 1.5, 0.5], [0, 1.5, 0.5], [0, -1, 0], [0.25, 0, 0], ...d === 2 ? [] : [[0, 0, 1.5], [0.5, 0, -1]]].map(p => p.slice(0, d))],
};
const norms = { none: 'none', project: 'project', scale: 'scale', layernorm: 'LayerNorm' };
const heads = { 0: 'none', 1: '1 wide', 2: '2 wide' };

function explore(root) {
  const $ = name => root.querySelector('.kx-' + name), own = JSON.parse(root.dataset.presets || '{}');
  const s = { rows: [], dim: 2, norm: 'none', wide: 0, turnHead: 1, chosen: 0, radius: 3, turn: -25, tilt: 20, reach: 2, draws: 0, preset: 'random' };
  const past = []; // what Undo goes back to
  const raw = root.querySelector('.kx-raw svg'), seen = root.querySelector('.kx-seen svg');
  let places = { raw: [], seen: [] }, decided = null;

  const remember = () => { past.push(JSON.stringify(s)); if (past.length > 200) past.shift(); };
  const behind = () => s.norm !== 'none' || head() !== null; // are there two pictures?
  function head() {
    if (!+s.wide) return null;
    const next = random(7000 + s.turnHead);
    return times(Math.min(s.wide, s.dim - 1), () => times(s.dim, () => Math.round(4 * next()) / 4));
  }

  function load(name) {
    s.preset = name;
    s.rows = own[name] ? own[name].map(row => [...row]) : presets[name][1](s.dim, s.draws++);
    if (own[name]) s.dim = s.rows[0].length;
    s.chosen = Math.min(4, s.rows.length - 1);
    s.reach = extent(s.rows);
  }

  // decideAll finds what the pictures and the words need.
  function decideAll() {
    decided = null;
    try {
      const keys = exactKeys(s.rows, s.norm, head()), d = decide(keys);
      decided = { keys, d, spread: spread(keys) };
    } catch (error) {
      if (error.row === undefined) throw error;
      return error;
    }
  }

  function found() {
    const { keys, d } = decided, i = s.chosen, verdict = d.verdicts[i], f = { verdict, copies: d.copies(i), bases: d.bases(i), n: s.rows.length, query: null, margin: 0, relative: 0 };
    if (verdict === 'selectable' || verdict === 'tied') Object.assign(f, margin(keys, i));
    if (verdict === 'face') f.query = unit(d.query(i));
    if (f.query && f.query.every(x => x === 0)) f.query = null;
    f.relative = decided.spread ? f.margin / decided.spread : 0;
    f.scores = f.query && keys.at.map((k, j) => ({ key: j, score: inner(f.query, k.map((x, c) => x - keys.at[i][c])) })).sort((a, b) => b.score - a.score || (b.key === i) - (a.key === i));
    f.next = f.scores ? (f.scores.find(t => t.key !== i && !f.copies.includes(t.key)) || { key: -1 }).key : -1;
    f.near = keys.at.map((k, key) => ({ key, apart: Math.hypot(...k.map((x, c) => x - keys.at[i][c])) / decided.spread }))
      .filter(t => d.of[t.key] !== d.of[i]).sort((a, b) => a.apart - b.apart)[0];
    f.best = bestAttention(keys.at, i, s.radius).weight;
    return f;
  }

  function update() {
    const error = decideAll(), f = error ? null : found(), dim = s.rows[0].length;
    const verdicts = error ? s.rows.map((_, i) => i === error.row ? 'face' : 'selectable') : decided.d.verdicts;
    const base = { verdicts, chosen: s.chosen, axis: 'x' }, nothing = { edges: null, bases: [], query: null };
    const hull = f ? { edges: decided.d.edges, bases: f.bases, query: f.query, gap: f.verdict === 'selectable' || f.verdict === 'tied' ? f.margin : 0 } : nothing;
    const scaled = s.norm === 'scale' || s.norm === 'layernorm', projected = projects(s.norm);
    places.raw = draw(raw, { ...base, ...(behind() ? nothing : hull), points: s.rows, dim, look: look(dim, s.turn, s.tilt), reach: s.reach, plane: behind() && projected, circle: behind() && s.norm === 'scale' ? Math.sqrt(dim) : 0 });
    root.querySelector('.kx-seen').hidden = !behind();
    root.classList.toggle('kx-two', behind());
    if (behind() && f) {
      const at = decided.keys.at, wide = at[0].length, h = head();
      places.seen = draw(seen, { ...base, ...hull, points: at, dim: wide, look: look(wide, s.turn, s.tilt), reach: scaled && !h ? extent([[Math.sqrt(dim)]]) : extent(at), axis: h ? 'k' : 'x', plane: projected && !h, circle: scaled && !h ? Math.sqrt(dim) : 0 });
    } else if (behind()) { seen.replaceChildren(); places.seen = []; }
    words(error, f);
  }

  function words(error, f) {
    const i = s.chosen, text = error ? `${error.message.replace('key', 'Key').replace('layernorm', 'LayerNorm')}. Move it.` : verdictWords(i, f), says = $('says');
    says.className = 'kx-says kx-' + (f ? f.verdict : 'face');
    const [start, ...rest] = text.split(':');
    says.replaceChildren(piece('b', start + (rest.length ? ':' : '')), rest.join(':') + (f ? ' ' + measureWords(f, s.radius) : ''));
    $('counts').textContent = f ? countWords(decided.d.verdicts) : '';
    for (const [svg, what] of [[raw, 'Keys as given'], [seen, 'Keys as attention compares them']]) svg.setAttribute('aria-label', `${what}. Arrow keys move key ${i} at ${vector(s.rows[i])}; Page Up and Page Down choose another.`);
    order(f);
    $('radius').nextElementSibling.textContent = brief(s.radius);
    $('radius').setAttribute('aria-valuetext', brief(s.radius));
    $('turns').hidden = s.rows[0].length < 3 && !(decided && decided.keys.at[0].length === 3);
    $('undo').disabled = !past.length;
    $('remove').disabled = s.rows.length < 2;
    $('add').disabled = s.rows.length >= 60;
    const h = head(), name = norms[s.norm];
    root.querySelector('.kx-raw figcaption').textContent = behind() ? 'Keys x. Drag these.' : 'Keys. Drag them.';
    root.querySelector('.kx-seen figcaption').textContent = `What attention compares: ${[s.norm === 'none' ? '' : name, h ? 'W_K = ' + h.map(r => `[${r.map(x => fixed(x)).join(' ')}]`).join(' ') : ''].filter(x => x).join(', then ')}`;
    if (root.querySelectorAll('.kx-more')[0].open) table();
    if (root.querySelectorAll('.kx-more')[1].open && decided) $('command').value = command(s.rows, s.norm, s.radius, decided.keys, h);
  }

  // order shows scores from the highest, or the weights of the keys that hide this one.
  function order(f) {
    const box = $('order'), bar = (own, key, number, part) => {
      const row = piece('tr', undefined, own ? { class: 'kx-own' } : {}), last = piece('td'), b = piece('span', undefined, { class: 'kx-bar' });
      b.style.width = `${(100 * part).toFixed(1)}%`;
      last.append(b);
      row.append(piece('th', 'key ' + key, { scope: 'row' }), piece('td', number), last);
      return row;
    };
    box.hidden = !f || !f.bases.length && !f.scores;
    if (box.hidden) return;
    box.classList.toggle('kx-hides', f.bases.length > 0);
    if (f.bases.length) {
      box.caption.textContent = f.bases.length > 1 ? 'Hidden by: keys and weights, in more than one way' : 'Hidden by: keys and weights';
      box.tBodies[0].replaceChildren(...f.bases.flatMap(b => b.map(t => bar(false, t.key, weight(t.weight), t.weight))));
      return;
    }
    const top = f.scores.slice(0, 6), low = f.scores[f.scores.length - 1].score || -1;
    box.caption.textContent = 'Scores of the query q, less that of the key';
    box.tBodies[0].replaceChildren(...top.map(t => bar(t.key === s.chosen, t.key, t.score === 0 ? '0' : fixed(t.score), 1 - 0.97 * t.score / low)));
  }

  function table() {
    const box = $('table'), at = document.activeElement, d = s.rows[0].length;
    const head = piece('tr');
    head.append(...['key', ...times(d, c => `x${'₁₂₃'[c]}`), 'verdict', 'margin'].map(t => piece('th', t, { scope: 'col' })));
    box.tHead.replaceChildren(head);
    const fresh = box.tBodies[0].rows.length !== s.rows.length || box.tBodies[0].rows[0].querySelectorAll('input').length !== d;
    if (fresh) {
      box.tBodies[0].replaceChildren(...s.rows.map((row, i) => {
        const line = piece('tr');
        line.append(piece('th', i, { scope: 'row' }), ...row.map((_, c) => {
          const cell = piece('td'), input = piece('input', undefined, { type: 'number', step: 'any', 'aria-label': `key ${i}, x${c + 1}` });
          input.addEventListener('change', () => {
            if (!Number.isFinite(input.valueAsNumber) || Math.abs(input.valueAsNumber) > 1e6) return update();
            remember();
            s.rows[i][c] = input.valueAsNumber;
            s.chosen = i;
            update();
          });
          cell.append(input);
          return cell;
        }), piece('td'), piece('td'));
        return line;
      }));
    }
    [...box.tBodies[0].rows].forEach((line, i) => {
      line.className = i === s.chosen ? 'kx-own' : '';
      line.querySelectorAll('input').forEach((input, c) => { if (input !== at) input.value = s.rows[i][c]; });
      const v = decided && decided.d.verdicts[i], vertex = v === 'selectable' || v === 'tied';
      line.cells[d + 1].textContent = v || '—';
      line.cells[d + 2].textContent = vertex && s.rows.length <= 30 ? brief(margin(decided.keys, i).margin) : vertex ? '' : '0';
    });
  }

  // Changes.
  const change = f => { remember(); f(); controls(); update(); };
  const step = i => { s.chosen = (i + s.rows.length) % s.rows.length; update(); };
  const shift = (x, y) => { const by = look(s.rows[0].length, s.turn, s.tilt).back(x, y); s.rows[s.chosen] = s.rows[s.chosen].map((v, c) => Math.max(-64, Math.min(64, grid(v + by[c])))); };
  function add() {
    if (s.rows.length >= 60) return;
    change(() => {
      const next = random(s.rows.length * 31 + past.length);
      s.rows.push(s.rows[0].map(() => grid(Math.max(-1, Math.min(1, next() / 2)) * s.reach * 0.6)));
      s.chosen = s.rows.length - 1;
    });
  }
  const remove = () => s.rows.length > 1 && change(() => { s.rows.splice(s.chosen, 1); s.chosen = Math.min(s.chosen, s.rows.length - 1); });
  function undo() {
    if (!past.length) return;
    Object.assign(s, JSON.parse(past.pop()));
    controls();
    update();
  }

  function pointer(svg, which) {
    let moving = false, carry;
    drags(svg, ([x, y]) => {
      const gap = p => Math.hypot(p[0] - x, p[1] - y), near = places[which].map((p, i) => i).filter(i => gap(places[which][i]) < 13);
      const hit = near.sort((i, j) => gap(places[which][i]) - gap(places[which][j]) || places[which][j][2] - places[which][i][2])[0];
      svg.focus({ preventScroll: true });
      moving = hit !== undefined && which === 'raw';
      if (hit !== undefined) { if (moving) { remember(); carry = [...s.rows[hit]]; } s.chosen = hit; update(); }
      const turns = hit === undefined && (which === 'raw' ? s.rows[0] : decided ? decided.keys.at[0] : []).length === 3;
      return moving || (turns ? undefined : false);
    }, (dx, dy) => {
      if (!moving) { s.turn = wrap(s.turn + dx); s.tilt = Math.max(-90, Math.min(90, s.tilt - dy)); controls(); return update(); }
      const by = look(carry.length, s.turn, s.tilt).back(dx * s.reach / 100, dy * s.reach / 100); // carry is not rounded, so that slow drags move
      carry = carry.map((v, c) => Math.max(-64, Math.min(64, v + by[c])));
      s.rows[s.chosen] = carry.map(grid);
      update();
    });
    svg.tabIndex = 0;
    svg.addEventListener('keydown', event => {
      const far = s.reach * (event.shiftKey ? 0.01 : 0.05), arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      const other = { PageDown: () => step(s.chosen + 1), PageUp: () => step(s.chosen - 1), Home: () => step(0), End: () => step(-1), Insert: add, '+': add, Delete: remove }[event.key];
      if (event.ctrlKey || event.metaKey || event.altKey || !arrows && !other) return;
      event.preventDefault();
      if (arrows) change(() => shift(...arrows.map(v => v * far))); else other();
    });
  }
  const wrap = a => (a + 540) % 360 - 180;

  // controls shows the state in the form.
  function controls() {
    for (const [name, value] of [['dim', s.dim], ['norm', s.norm], ['head', s.wide]]) {
      for (const input of $(name).querySelectorAll('input')) {
        input.checked = input.value === String(value);
        if (name === 'head') input.disabled = +input.value >= s.dim;
        input.parentNode.hidden = input.disabled;
      }
    }
    $('another').hidden = !+s.wide;
    $('preset').value = s.preset;
    $('turn').value = s.turn;
    $('tilt').value = s.tilt;
    raw.classList.toggle('kx-space', s.dim === 3);
    seen.classList.toggle('kx-space', s.dim === 3 && !+s.wide);
  }

  function choices(name, items, chosen) {
    const group = `${name}-${[...document.querySelectorAll('.keyhull-explore')].indexOf(root)}`;
    for (const [value, text] of Object.entries(items)) {
      const label = piece('label'), input = piece('input', undefined, { type: 'radio', name: 'kx-' + group, value });
      input.addEventListener('change', () => change(() => chosen(value)));
      label.append(input, piece('span', text));
      $(name).append(label);
    }
  }

  function start() {
    choices('dim', { 2: '2', 3: '3' }, value => { s.dim = +value; s.wide = Math.min(s.wide, s.dim - 1); load(own[s.preset] ? 'random' : s.preset); });
    choices('norm', norms, value => { s.norm = value; });
    choices('head', heads, value => { s.wide = +value; });
    const another = piece('button', 'another', { type: 'button', class: 'kx-another' });
    another.addEventListener('click', () => change(() => { s.turnHead++; }));
    $('head').append(another);
    for (const [value, text] of [...Object.entries(presets).map(([k, p]) => [k, p[0]]), ...Object.keys(own).map(k => [k, k])]) $('preset').append(piece('option', text, { value }));
    $('preset').addEventListener('change', event => change(() => load(event.target.value)));
    $('radius').addEventListener('input', event => { s.radius = 10 ** +event.target.value; update(); });
    $('turn').addEventListener('input', event => { s.turn = +event.target.value; update(); });
    $('tilt').addEventListener('input', event => { s.tilt = +event.target.value; update(); });
    $('add').addEventListener('click', add);
    $('remove').addEventListener('click', remove);
    $('undo').addEventListener('click', undo);
    root.addEventListener('keydown', event => {
      if ((event.ctrlKey || event.metaKey) && event.key === 'z' && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) { event.preventDefault(); undo(); }
    });
    $('controls').addEventListener('submit', event => event.preventDefault());
    for (const more of root.querySelectorAll('.kx-more')) more.addEventListener('toggle', update);
    $('copy').addEventListener('click', () => copy($('command').value));
    $('csv').addEventListener('click', () => copy(csv(s.rows)));
    for (const [verdict, text] of [['selectable', 'selectable'], ['tied', 'tied'], ['face', 'on a face'], ['interior', 'interior']]) {
      const item = piece('span'), svg = mark(item, 'svg', { viewBox: '-8 -8 16 16', class: 'kx-' + verdict });
      signs[verdict](svg, 0, 0);
      item.append(text);
      $('legend').append(item);
    }
    pointer(raw, 'raw');
    pointer(seen, 'seen');
    for (const e of [$('controls'), $('body'), $('help'), ...root.querySelectorAll('.kx-more')]) e.hidden = false;
    s.radius = 10 ** +$('radius').value;
    load('random');
    controls();
    update();
  }

  // copy leaves the text selected where the clipboard cannot be had.
  async function copy(text) {
    const box = $('command');
    try {
      await navigator.clipboard.writeText(text);
      $('copied').textContent = 'Copied.';
    } catch {
      box.value = text;
      box.select();
      $('copied').textContent = 'Selected: copy it with Ctrl+C.';
    }
  }

  start();
}

for (const root of document.querySelectorAll('.keyhull-explore')) explore(root);
