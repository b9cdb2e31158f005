// Several runs in one chart.

import { $, make, get, Rows, axis, first, problem } from './live_common.js';

const streams = 4; // runs that are followed at once: a browser opens six connections to a server

// compareView draws each metric that the runs share, a colour a run.
export async function compareView(names, signal, onEnd) {
  const all = JSON.parse(await get('/runs', { signal }));
  picks(all.runs, names);
  $('both').replaceChildren();
  const known = names.filter(n => all.runs.some(r => r.run === n)), runs = known.map(n => new Rows(n));
  if (known.length < names.length) problem('Some of these runs are not here any more.');
  if (!runs.length) { $('both').append(make('p', 'Choose runs above.')); return; }
  $('both').append(make('p', 'Reading …'));
  await Promise.all(runs.map(r => r.load(signal)));
  $('both').replaceChildren();
  const shared = [...runs[0].metrics.keys()].filter(m => runs.every(r => r.metrics.has(m)));
  const drawn = new Map(), draw = name => {
    if (drawn.has(name)) return;
    const box = make('div');
    $('both').insertBefore(box, $('both').querySelector(':scope > label'));
    drawn.set(name, keyhullCurves(box, { title: name, x: { label: 'step' }, y: axis(name, runs), series: runs.map((r, i) => ({ name: r.run, color: i, dash: ['', '6 4', '2 3', '8 3 2 3'][Math.floor(i / 7) % 4 || i % 2], seeds: r.seeds(name) })) }));
  };
  const others = shared.filter(m => !first(shared).includes(m));
  if (others.length) {
    const label = make('label', 'Another metric '), select = make('select');
    select.append(make('option', '…', { value: '' }), ...others.map(n => make('option', n)));
    select.addEventListener('change', () => { if (select.value) draw(select.value); select.value = ''; });
    label.append(select);
    $('both').append(label);
  }
  first(shared).forEach(draw);
  if (!shared.length) $('both').append(make('p', 'These runs have no metric in common.'));
  let followed = 0;
  runs.forEach((r, i) => {
    const state = all.runs.find(o => o.run === r.run).state;
    if (state !== 'running' || followed++ >= streams) return;
    r.listeners.add(({ seed, rows, reset }) => {
      for (const [name, chart] of drawn) {
        if (reset) chart.reset(i, seed);
        else chart.append(i, seed, rows.filter(row => name in row).map(row => [row.step, row[name]]));
      }
    });
    onEnd(r.follow(() => {}, lost => problem(lost ? 'Connection lost, trying again.' : '')));
  });
}

// picks are boxes to choose runs by.
function picks(runs, names) {
  $('picks').replaceChildren(...runs.map(r => {
    const label = make('label'), box = make('input', undefined, { type: 'checkbox', value: r.run });
    box.checked = names.includes(r.run);
    box.addEventListener('change', () => {
      const now = [...$('picks').querySelectorAll('input:checked')].map(b => encodeURIComponent(b.value));
      location.hash = '#/compare' + (now.length ? '/' + now.join(',') : '');
    });
    label.append(box, ' ' + r.run);
    return label;
  }));
}
