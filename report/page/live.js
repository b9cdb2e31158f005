// The live page: the list of runs, and one run as it goes. live_compare.js and live_decide.js are its other views.

import { $, make, short, count, time, problem, api, get, pathOf, Rows, usual, first, axis } from './live_common.js';
import { compareView } from './live_compare.js';
import { askView } from './live_decide.js';

// group is what metrics belong to that are many of a kind: key_margin/03, unselectable_layer_2.
const group = name => (name.match(/^(.*?)(\/.*|_layer_\d+)$/) || [])[1];

// runView shows one run.
async function runView(run, signal, onEnd) {
  const rows = new Rows(run), charts = new Map(), boxes = new Map();
  let now = JSON.parse(await get(pathOf(run), { signal })), lost = false;
  $('run-name').textContent = now.run;
  $('config').textContent = JSON.stringify(now.config, null, 2);
  $('run-api').replaceChildren('For programs: ', make('a', 'state', { href: api + pathOf(run) }), ', ', make('a', 'rows', { href: `${api}${pathOf(run)}/metrics` }), ', ', make('code', `curl -N ${location.origin}${api}${pathOf(run)}/events`));
  const says = () => {
    const steps = now.seeds.map(s => s.step), least = Math.min(...steps), most = Math.max(...steps);
    const training = now.seeds.filter(s => s.state === 'running').length;
    const parts = [{ running: 'Training', done: 'Done', stopped: 'Stopped: the same command goes on with it' }[now.state],
      `step ${least === most ? least : `${least} to ${most}`}${now.steps ? ` of ${now.steps}` : ''}`, count(now.seeds.length, 'seed') + (now.state === 'running' ? ` (${training} training now)` : '')];
    if (now.norm) parts.push(`norm ${now.norm}`);
    if (now.state === 'running' && now.seconds_left !== undefined) parts.push(`about ${time(now.seconds_left)} left for seeds that train now`);
    if (lost) parts.push('connection lost, trying again');
    $('run-says').textContent = parts.join(' · ');
    $('run-progress').hidden = !(now.state === 'running' && now.steps);
    if (now.steps) $('run-progress').value = steps.reduce((a, b) => a + Math.max(0, b), 0) / steps.length / now.steps;
  };
  const draw = (name, box) => charts.set(name, keyhullCurves(box, { title: name, x: { label: 'step' }, y: axis(name, [rows]), series: [{ name: run, color: 0, seeds: rows.seeds(name) }] }));
  // place makes the chart of a metric, or a closed box for those that are many of a kind.
  const place = name => {
    if (boxes.has(name)) return;
    const box = make('div'), of = usual.includes(name) ? '' : group(name) || 'More', id = 'group-' + of;
    boxes.set(name, box);
    if (!of) { $('charts').append(box); draw(name, box); return; }
    let details = [...$('charts').querySelectorAll(':scope > details')].find(d => d.dataset.group === of);
    if (!details) {
      details = make('details', undefined, { 'data-group': of });
      details.append(make('summary', of === 'More' ? 'More' : of.replaceAll('_', ' ')), make('div'));
      details.addEventListener('toggle', () => { if (details.open) for (const [n, b] of boxes) if (b.parentNode.parentNode === details && !charts.has(n)) draw(n, b); });
      $('charts').append(details);
    }
    details.lastChild.append(box);
  };
  $('charts').replaceChildren(make('p', 'Reading …'));
  await rows.load(signal);
  $('charts').replaceChildren();
  says();
  const names = [...rows.metrics.keys()];
  for (const name of [...first(names), ...names.filter(n => !usual.includes(n) && !group(n)), ...names.filter(n => group(n))]) place(name);
  const listener = ({ seed, rows: list, reset }) => {
    if (reset) for (const c of charts.values()) c.reset(0, seed);
    else for (const row of list) {
      for (const name of Object.keys(row)) {
        if (name === 'step') continue;
        if (charts.has(name)) charts.get(name).append(0, seed, [[row.step, row[name]]]); else place(name);
      }
      let at = now.seeds.find(s => s.seed === seed);
      if (!at) now.seeds.push(at = { seed, state: 'running' });
      at.step = row.step;
    }
    says();
  };
  rows.listeners.add(listener);
  onEnd(rows.follow(state => {
    for (const s of state.seeds) { const at = now.seeds.find(o => o.seed === s.seed); if (at) at.state = s.state; else now.seeds.push({ ...s, step: -1 }); }
    now.state = state.state;
    now.seconds_left = state.seconds_left;
    says();
  }, is => { lost = is; says(); }));
}

// listView shows all runs, again and again.
const chosen = new Set();
async function listView(signal, onEnd) {
  let timer;
  onEnd(() => clearTimeout(timer));
  const again = async () => {
    try {
      if (!document.hidden) listed(JSON.parse(await get('/runs', { signal })));
      problem('');
    } catch (e) { if (e.name === 'AbortError') return; problem(e.message); }
    if (!signal.aborted) timer = setTimeout(again, 3000);
  };
  await again();
}

let shown = '';
function listed(all) {
  $('dir').textContent = all.dir;
  $('none').hidden = all.runs.length > 0;
  $('list').hidden = $('together').hidden = all.runs.length === 0;
  $('truncated').hidden = !all.truncated;
  $('reports-box').hidden = all.reports.length === 0;
  $('reports').replaceChildren(...all.reports.map(r => {
    const item = make('li');
    item.append(make('a', r.path === '.' ? all.dir : r.path, { href: r.href }), r.kind === 'audit' ? ': an audit of a model' : ': claims and results');
    return item;
  }));
  const text = JSON.stringify(all.runs);
  if (text === shown) return; // what has the focus keeps it
  shown = text;
  const focused = document.activeElement && document.activeElement.dataset.run;
  $('list').tBodies[0].replaceChildren(...all.runs.map(line));
  if (focused) for (const e of $('list').querySelectorAll('[data-run]')) if (e.dataset.run === focused && e.type === document.activeElement.type) e.focus();
  choice();
}

function line(r) {
  const row = make('tr'), box = make('input', undefined, { type: 'checkbox', 'data-run': r.run, 'aria-label': `compare ${r.run}` });
  box.checked = chosen.has(r.run);
  box.addEventListener('change', () => { if (box.checked) chosen.add(r.run); else chosen.delete(r.run); choice(); });
  const cell = (title, ...content) => { const td = make('td', undefined, title ? { title } : {}); td.append(...content); return td; };
  const steps = r.seeds.map(s => Math.max(0, s.step)), mean = steps.reduce((a, b) => a + b, 0) / steps.length;
  const last = name => { const of = r.seeds.map(s => s.last[name]).filter(v => v !== undefined); return of.length ? short(of.reduce((a, b) => a + b, 0) / of.length) : ''; };
  const step = [String(Math.round(mean)) + (r.steps ? ` of ${r.steps}` : '')];
  if (r.state === 'running' && r.steps) step.push(' ', make('progress', undefined, { max: r.steps, value: mean, 'aria-label': 'steps' }));
  const ended = r.seeds.filter(s => s.state === 'done').length;
  row.append(cell('', box), cell('', make('a', r.run, { href: '#/run/' + encodeURIComponent(r.run), 'data-run': r.run })), cell('', make('span', r.state, { class: 'state ' + r.state })),
    cell('norm', r.norm || ''), cell('step, mean over seeds', ...step), cell('seeds', r.state === 'running' ? `${ended} of ${r.seeds.length} done` : String(r.seeds.length)),
    cell('train, test loss', [last('train_loss'), last('test_loss')].filter(t => t).join(', ')), cell('left', r.seconds_left === undefined ? '' : `about ${time(r.seconds_left)}`));
  return row;
}

function choice() {
  $('together').disabled = chosen.size < 1;
  $('chosen').textContent = chosen.size ? count(chosen.size, 'run') + ' chosen' : 'choose runs in the first column';
}
$('together').addEventListener('click', () => { location.hash = '#/compare/' + [...chosen].map(encodeURIComponent).join(','); });

// The address says what is shown: #/runs, #/run/NAME, #/compare/NAME,NAME, #/decide.
let leave = () => {};
async function go() {
  leave();
  const [, view = 'runs', rest = ''] = location.hash.split('/'), abort = new AbortController(), ends = [];
  leave = () => { abort.abort(); ends.forEach(end => end()); };
  const onEnd = end => abort.signal.aborted ? end() : ends.push(end);
  problem('');
  for (const id of ['runs', 'run', 'compare', 'decide']) $(id).hidden = id !== view;
  for (const a of document.querySelectorAll('nav a')) a.getAttribute('href') === '#/' + view ? a.setAttribute('aria-current', 'page') : a.removeAttribute('aria-current');
  document.title = 'keyhull: ' + (view === 'run' ? decodeURIComponent(rest) : view);
  try {
    if (view === 'run') await runView(decodeURIComponent(rest), abort.signal, onEnd);
    else if (view === 'compare') await compareView(rest ? rest.split(',').map(decodeURIComponent) : [...chosen], abort.signal, onEnd);
    else if (view === 'decide') askView();
    else { $('runs').hidden = false; shown = ''; await listView(abort.signal, onEnd); }
  } catch (e) { if (e.name !== 'AbortError') problem(e.message); }
}
window.addEventListener('hashchange', () => { go(); $('main').focus(); });
if (location.search) history.replaceState(null, '', location.pathname + location.hash); // the token has become a cookie
go();
get('/runs').then(all => { $('version').textContent = all.keyhull; }, () => {}); // go says what is wrong
