// The explorable hull: keys that one moves, and what that does to the verdicts.
// One script with make.js, svg.js, hull.js, hull_decide.js, hull_measure.js,
// explore_words.js and explore_draw.js; it fills every .keyhull-explore.

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
    if (verdict === 'selectable' || verdict === 'tied') {
      const best = margin(keys, i), wins = q => { const t = ties(keys, q, i); return t && t.length === f.copies.length; };
      Object.assign(f, best, { query: [best.query, unit(d.query(i))].find(wins) || null });
    }
    if (verdict === 'face') f.query = unit(d.query(i));
    if (f.query && f.query.every(x => x === 0)) f.query = null;
    f.relative = decided.spread ? f.margin / decided.spread : 0;
    f.scores = f.query && keys.at.map((k, j) => ({ key: j, score: inner(f.query, k.map((x, c) => x - keys.at[i][c])) })).sort((a, b) => b.score - a.score || (b.key === i) - (a.key === i));
    const next = f.scores && f.scores.find(t => d.of[t.key] !== d.of[i]);
    f.next = next ? next.key : -1;
    f.gap = next ? -next.score : 0; // by how much the query wins
    f.near = keys.at.map((k, key) => ({ key, apart: Math.hypot(...k.map((x, c) => x - keys.at[i][c])) / decided.spread }))
      .filter(t => d.of[t.key] !== d.of[i]).sort((a, b) => a.apart - b.apart)[0];
    f.best = bestAttention(keys.at, i, s.radius).weight;
    return f;
  }

  function update() {
    const error = decideAll(), f = error ? null : found(), dim = s.rows[0].length;
    const verdicts = error ? s.rows.map(() => 'unknown') : decided.d.verdicts;
    const base = { verdicts, chosen: s.chosen, axis: 'x' }, nothing = { edges: null, bases: [], query: null };
    const hull = f ? { edges: decided.d.edges, bases: f.bases, query: f.query, gap: f.gap } : nothing;
    const scaled = s.norm === 'scale' || s.norm === 'layernorm', projected = projects(s.norm);
    places.raw = draw(raw, {
      ...base, ...(behind() ? nothing : hull), points: s.rows, dim, look: look(dim, s.turn, s.tilt), reach: s.reach,
      plane: behind() && projected, circle: behind() && s.norm === 'scale' ? Math.sqrt(dim) : 0,
    });
    root.querySelector('.kx-seen').hidden = !behind();
    root.classList.toggle('kx-two', behind());
    if (behind() && f) {
      const at = decided.keys.at, wide = at[0].length, h = head();
      places.seen = draw(seen, {
        ...base, ...hull, points: at, dim: wide, look: look(wide, s.turn, s.tilt), reach: scaled && !h ? extent([[Math.sqrt(dim)]]) : extent(at),
        axis: h ? 'k' : 'x', plane: projected && !h, circle: scaled && !h ? Math.sqrt(dim) : 0,
      });
    } else if (behind()) { seen.replaceChildren(); places.seen = []; }
    words(error, f);
  }

  function words(error, f) {
    const i = s.chosen, text = error ? `${error.message.replace('key', 'Key').replace('layernorm', 'LayerNorm')}. Move it.` : verdictWords(i, f), says = $('says');
    says.className = 'kx-says kx-' + (f ? f.verdict : 'unknown');
    const [start, ...rest] = text.split(':');
    says.replaceChildren(make('b', start + (rest.length ? ':' : '')), rest.join(':') + (f ? ' ' + measureWords(f, s.radius) : ''));
    $('counts').textContent = f ? countWords(decided.d.verdicts) : '';
    for (const [svg, what] of [[raw, 'Keys as given'], [seen, 'Keys as attention compares them']]) {
      svg.setAttribute('aria-label', `${what}. Arrow keys move key ${i} at ${vector(s.rows[i])}; Page Up and Page Down choose another.`);
    }
    orderTable($('order'), f, s.chosen);
    $('radius').nextElementSibling.textContent = brief(s.radius);
    $('radius').setAttribute('aria-valuetext', brief(s.radius));
    $('turns').hidden = s.rows[0].length < 3 && !(decided && decided.keys.at[0].length === 3);
    $('undo').disabled = !past.length;
    $('remove').disabled = s.rows.length < 2;
    $('add').disabled = s.rows.length >= 60;
    const h = head(), name = norms[s.norm];
    root.querySelector('.kx-raw figcaption').textContent = behind() ? 'Keys x. Drag these.' : 'Keys. Drag them.';
    const matrix = h && 'W_K = ' + h.map(r => `[${r.map(x => fixed(x)).join(' ')}]`).join(' ');
    root.querySelector('.kx-seen figcaption').textContent = `What attention compares: ${[s.norm !== 'none' && name, matrix].filter(x => x).join(', then ')}`;
    const [numbers, same] = root.querySelectorAll('.kx-more');
    if (numbers.open) keysTable($('table'), s, decided, enter, update);
    if (same.open && decided) $('command').value = command(s.rows, s.norm, s.radius, decided.keys, h);
  }

  // Changes.
  const change = f => { remember(); f(); controls(); update(); };
  const enter = (i, c, x) => change(() => { s.rows[i][c] = x; s.chosen = i; s.reach = Math.max(s.reach, extent(s.rows)); });
  const step = i => { s.chosen = (i + s.rows.length) % s.rows.length; update(); };
  const hold = x => Math.max(-s.reach, Math.min(s.reach, x)); // in the picture
  const shift = (x, y) => {
    const by = look(s.rows[0].length, s.turn, s.tilt).back(x, y);
    s.rows[s.chosen] = s.rows[s.chosen].map((v, c) => hold(grid(v + by[c])));
  };
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
      carry = carry.map((v, c) => hold(v + by[c]));
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
      const label = make('label'), input = make('input', undefined, { type: 'radio', name: 'kx-' + group, value });
      input.addEventListener('change', () => change(() => chosen(value)));
      label.append(input, make('span', text));
      $(name).append(label);
    }
  }

  function start() {
    choices('dim', { 2: '2', 3: '3' }, value => { s.dim = +value; s.wide = Math.min(s.wide, s.dim - 1); load(own[s.preset] ? 'random' : s.preset); });
    choices('norm', norms, value => { s.norm = value; });
    choices('head', heads, value => { s.wide = +value; });
    const another = make('button', 'another', { type: 'button', class: 'kx-another' });
    another.addEventListener('click', () => change(() => { s.turnHead++; }));
    $('head').append(another);
    for (const [value, text] of [...Object.entries(presets).map(([k, p]) => [k, p[0]]), ...Object.keys(own).map(k => [k, k])]) $('preset').append(make('option', text, { value }));
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
      const item = make('span'), svg = mark(item, 'svg', { viewBox: '-8 -8 16 16', class: 'kx-' + verdict });
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
