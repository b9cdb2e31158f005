// Keys of a file, decided by the server.

import { $, make, get, short, count, problem } from './live_common.js';

const verdicts = { selectable: 'some query scores it above all others', tied: 'only keys equal to it share the highest score', face: 'it can at best share the highest score with keys that differ', interior: 'only a query that ties all keys gives it the highest score' };
let file = null;

// askView is ready for the next file.
export function askView() { $('ask-says').textContent = ''; }

function take(list) {
  file = list[0] || null;
  $('drop-says').textContent = file ? `${file.name}, ${(file.size / 1024).toFixed(1)} KiB` : 'Drop a file here, or choose one';
}
$('file').addEventListener('change', () => take($('file').files));
for (const kind of ['dragenter', 'dragover']) $('drop').addEventListener(kind, e => { e.preventDefault(); $('drop').classList.add('over'); });
for (const kind of ['dragleave', 'drop']) $('drop').addEventListener(kind, e => { e.preventDefault(); $('drop').classList.remove('over'); });
$('drop').addEventListener('drop', e => { take(e.dataTransfer.files); if (file) $('ask').requestSubmit(); });
for (const kind of ['dragover', 'drop']) window.addEventListener(kind, e => e.preventDefault()); // a file beside the box must not replace the page

const form = $('ask');
form.elements.norm.addEventListener('change', () => {
  const norm = form.elements.norm.value;
  form.elements.reading.disabled = norm !== 'project' && norm !== 'layernorm';
  form.elements.eps.disabled = norm === 'none' || norm === 'project';
});

form.addEventListener('submit', async e => {
  e.preventDefault();
  if (!file) { $('ask-says').textContent = 'Choose a file first.'; $('file').focus(); return; }
  const query = new URLSearchParams({ file: file.name });
  for (const name of ['norm', 'reading', 'eps', 'tensor', 'margins']) { const f = form.elements[name]; if (!f.disabled && f.value !== '') query.set(name, f.value); }
  if (form.elements.causal.checked) query.set('causal', 'true');
  const button = form.querySelector('button');
  button.disabled = true;
  problem('');
  $('ask-says').textContent = 'Deciding …';
  try {
    const text = await get('/decide?' + query, { method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream' } });
    show(text, file.name);
    $('ask-says').textContent = 'Decided.';
  } catch (err) {
    problem(err.message);
    $('ask-says').textContent = '';
    $('answer').replaceChildren();
  }
  button.disabled = false;
});

const percent = (n, of) => n > 0 && n / of < 0.0005 ? '<0.1\u00a0%' : n < of && n / of >= 0.9995 ? '>99.9\u00a0%' : (100 * n / of).toFixed(1) + '\u00a0%';

function show(text, name) {
  const a = JSON.parse(text), box = $('answer'), quoted = n => /^[\w.\/-]+$/.test(n) ? n : `'${n.replaceAll("'", "'\\''")}'`;
  box.replaceChildren();
  const norm = a.norm + (a.eps ? `, eps ${a.eps}` : '') + (a.reading ? `, ${a.reading} reading` : '');
  box.append(make('h2', `${name}${a.tensor ? ', tensor ' + a.tensor : ''}`), make('p', `${count(a.sets.length, 'set')} of ${count(a.sets[0].n, 'key')} with ${a.sets[0].dim} coordinates; norm ${norm}.`));
  a.sets.slice(0, 20).forEach((set, i) => one(box, set, a.sets.length > 1 ? i : -1));
  if (a.sets.length > 20) box.append(make('p', `The proofs hold the other ${count(a.sets.length - 20, 'set')} too.`));
  for (const w of a.warnings) box.append(make('p', 'Warning: ' + w, { class: 'made' }));
  const proofs = make('a', 'Download the proofs', { href: URL.createObjectURL(new Blob([text], { type: 'application/json' })), download: name.replace(/\.\w+$/, '') + '-proof.json' });
  const last = make('p');
  last.append(proofs, ' (what ', make('code', 'keyhull decide --format json'), ' prints), and check them in exact arithmetic:');
  box.append(last, make('pre', `keyhull verify ${quoted(name)} ${quoted(proofs.download)}`));
}

// one shows a set: counts, the vertices closest to the border, keys that no query selects, and who is in their way.
function one(box, set, index) {
  const counts = Object.keys(verdicts).map(v => [v, set.counts[v]]), lost = counts[2][1] + counts[3][1];
  if (index >= 0) box.append(make('h3', `Set ${index}`));
  const bar = make('div', undefined, { class: 'counts', role: 'img', 'aria-label': counts.map(([v, n]) => `${v} ${n}`).join(', ') });
  for (const [v, n] of counts) { const part = make('i', undefined, { class: v }); part.style.flex = String(n); bar.append(part); }
  const table = make('table', undefined, { class: 'numbers' }), body = make('tbody');
  for (const [v, n] of counts) {
    const row = make('tr'), head = make('th', undefined, { scope: 'row' });
    head.append(make('span', undefined, { class: 'swatch ' + v }), v);
    row.append(head, make('td', n), make('td', percent(n, set.n)), make('td', verdicts[v], { class: 'aside why' }));
    body.append(row);
  }
  table.append(body);
  const wide = make('div', undefined, { class: 'wide' });
  wide.append(table);
  const rounding = set.counts.by_rounding ? ` ${set.counts.by_rounding} of the others may owe it to rounding alone.` : '';
  box.append(bar, wide, make('p', lost ? `${lost} of ${count(set.n, 'key')} (${percent(lost, set.n)}) can never receive the highest attention, whatever the query.${rounding}` : `Every key can receive the highest attention, or share it with keys equal to it alone.${rounding}`));
  const pair = make('div', undefined, { class: 'pairs' });
  const near = set.keys.filter(k => k.margin !== undefined && k.relative_margin !== undefined).sort((x, y) => x.relative_margin - y.relative_margin).slice(0, 8);
  if (near.length && set.rank > 0) pair.append(grid('Vertices closest to the border', ['key', 'margin', 'relative'], near.map(k => [k.index, short(k.margin), short(k.relative_margin)])));
  const hidden = new Map();
  for (const k of set.keys) for (const basis of k.bases || []) for (const j of basis) { if (!hidden.has(j)) hidden.set(j, new Set()); hidden.get(j).add(k.index); }
  const masks = [...hidden].sort((x, y) => y[1].size - x[1].size || x[0] - y[0]).slice(0, 8);
  if (masks.length) pair.append(grid('Keys in the way of others', ['key', 'helps mask'], masks.map(([j, of]) => [j, count(of.size, 'key')])));
  const dead = set.keys.filter(k => k.death !== undefined).sort((x, y) => x.death - x.index - (y.death - y.index)).slice(0, 8);
  if (dead.length) pair.append(grid('Under a causal mask, first to become unselectable', ['key', 'from position', 'after'], dead.map(k => [k.index, k.death, count(k.death - k.index, 'position')])));
  box.append(pair);
  const list = set.keys.filter(k => k.verdict === 'face' || k.verdict === 'interior').map(k => k.index);
  if (list.length) {
    const d = make('details');
    d.append(make('summary', `The ${count(list.length, 'unselectable key')}`), make('p', list.slice(0, 2000).join(' ') + (list.length > 2000 ? ' …' : ''), { class: 'keys' }));
    d.open = list.length <= 100;
    box.append(d);
  }
}

function grid(title, columns, rows) {
  const t = make('table', undefined, { class: 'numbers' }), head = make('tr'), thead = make('thead'), body = make('tbody');
  head.append(...columns.map(c => make('th', c, { scope: 'col' })));
  thead.append(head);
  for (const cells of rows) { const r = make('tr'); r.append(...cells.map(c => make('td', c))); body.append(r); }
  t.append(make('caption', title), thead, body);
  return t;
}
