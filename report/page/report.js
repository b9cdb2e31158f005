// The page of a reproduction: packed downloads, widgets beside figures, contents that follow. A script that makes figures
// interactive registers a function under the kind that the page gives its figure (report/widgets.go):
//
//   (window.keyhullWidgets ||= {}).heatmap = (box, artifact, options) => { … };
//
// box is an empty element to fill, once; artifact has name, title, text(part), a promise of the text of tables/NAME.csv or,
// with a part, tables/NAME-PART.csv, and table(part), a promise of the same as { header, rows, column }, where column(name)
// is its number in a row. The function may return a promise; where it fails the figure stays as it was drawn.
(() => {
  const registered = window.keyhullWidgets ||= {};

  // unpacked is the text of a file that a link holds.
  function unpacked(link) {
    const bytes = Uint8Array.from(atob(link.href.slice(link.href.indexOf(',') + 1)), c => c.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
  }

  function saveAs(name, text, type) {
    const url = URL.createObjectURL(new Blob([text], { type }));
    make('a', '', { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  }

  // Downloads are packed in the page; with a script they come unpacked.
  const types = { csv: 'text/csv', svg: 'image/svg+xml', json: 'application/json' };
  for (const link of document.querySelectorAll('a[data-packed]')) {
    link.addEventListener('click', async event => {
      event.preventDefault();
      const name = link.dataset.packed;
      saveAs(name, await unpacked(link), types[name.split('.').pop()]);
    });
  }

  // A figure is saved as it is on a light page: its classes become the styles that they stand for.
  const styles = new Map([...document.styleSheets[0].cssRules].filter(r => /^\.k\d+$/.test(r.selectorText)).map(r => [r.selectorText.slice(1), r.style.cssText]));
  for (const link of document.querySelectorAll('a[data-drawn]')) {
    link.addEventListener('click', event => {
      const svg = link.closest('section').querySelector('.drawn svg').cloneNode(true);
      event.preventDefault();
      for (const e of svg.querySelectorAll('[class]')) { e.setAttribute('style', styles.get(e.getAttribute('class'))); e.removeAttribute('class'); }
      for (const e of svg.querySelectorAll('text')) {
        e.setAttribute('transform', 'scale(1, -1)');
        e.style.fontFamily = '"Liberation Sans", Arial, Helvetica, sans-serif';
      }
      saveAs(link.download, new XMLSerializer().serializeToString(svg), types.svg);
    });
  }

  // parsed reads CSV as encoding/csv writes it.
  function parsed(text) {
    const rows = [];
    for (let i = 0, row = []; i < text.length;) {
      let cell = '';
      if (text[i] === '"') {
        for (i++; i < text.length; i++) {
          if (text[i] !== '"') cell += text[i];
          else if (text[i + 1] === '"') cell += text[i++];
          else break;
        }
        i++;
      } else {
        const end = text.slice(i).search(/[,\n]/);
        cell = text.slice(i, end < 0 ? undefined : i + end);
        i += cell.length;
      }
      row.push(cell);
      if (text[i++] !== ',') { rows.push(row); row = []; }
    }
    const header = rows.shift() || [];
    return { header, rows, column: name => header.indexOf(name) };
  }

  function artifactOf(section) {
    const kept = {};
    return {
      name: section.id,
      title: section.querySelector('h2').firstChild.textContent.trim(),
      text(part = '') {
        const link = section.querySelector(`a[data-table="${part}"]`);
        return link ? unpacked(link) : Promise.reject(new Error(`${section.id} has no table ${part}`));
      },
      table(part = '') { return kept[part] ||= this.text(part).then(parsed); },
    };
  }

  // Curves over steps, from the table that all of them have.
  registered.curves = async (box, artifact, options) => {
    const table = await artifact.table(), series = [], marks = [];
    for (const [norm, kind, step, value] of table.rows) {
      let s = series.find(s => s.norm === norm);
      if (!s && kind !== 'paper') series.push(s = { norm, seeds: [], ...(options.looks[norm] || { name: norm, color: series.length }) });
      const point = [Number(step), Number(value)];
      if (kind === 'paper') marks.push({ x: point[0], y: point[1], color: s ? s.color : 4, label: `the paper, ${s ? s.name : norm}` });
      else if (kind.startsWith('seed ')) {
        const seed = kind.slice(5);
        (s.seeds.find(r => r.seed === seed) || s.seeds[s.seeds.push({ seed, points: [] }) - 1]).points.push(point);
      }
    }
    const reached = 1.05 * Math.max(...series.flatMap(s => s.seeds.map(r => r.points[r.points.length - 1][0])));
    const shown = marks.filter(m => m.x <= reached);
    keyhullCurves(box, { title: artifact.title, x: { label: 'training step' }, y: { label: table.header[3].replaceAll('_', ' '), log: options.log, range: options.range, limits: options.limits },
      series, marks: shown });
    if (shown.length) box.append(make('p', 'A ring is a number that the paper gives.', { class: 'made' }));
  };

  // Keys and queries in space, over training.
  if (globalThis.keyhullSpace) {
    registered.space = async (box, artifact) => {
      const table = await artifact.table();
      if (table.column('step') < 0) throw new Error('its table is of an earlier version, without steps');
      keyhullSpace(box, await artifact.text());
    };
  }

  // attach lets the reader choose between a figure as it was drawn and its widget.
  function attach(section, { kind, first, options }) {
    const figure = section.querySelector('figure'), drawn = figure.querySelector('.drawn'), box = make('div', undefined, { class: 'card widget' });
    const choices = make('fieldset', undefined, { class: 'choices' }), artifact = artifactOf(section);
    choices.append(make('legend', 'Show', { class: 'hidden' }));
    let filled = false;
    const show = async interactive => {
      if (interactive && !filled) {
        filled = true;
        figure.insertBefore(box, drawn);
        try { await registered[kind](box, artifact, options); } catch (error) {
          console.warn(`${artifact.name}: ${error.message}`);
          box.remove(); choices.remove(); interactive = false;
        }
      }
      box.hidden = !interactive;
      drawn.classList.toggle('behind', interactive); // on paper it stays
    };
    for (const [text, interactive] of [['interactive', true], ['as drawn', false]]) {
      const label = make('label'), input = make('input', undefined, { type: 'radio', name: `${section.id}-shown` });
      input.checked = interactive === first;
      input.addEventListener('change', () => show(interactive));
      label.append(input, ' ' + text);
      choices.append(label);
    }
    figure.prepend(choices);
    if (first) show(true);
  }

  // Widgets are made when their figure comes near.
  const near = new IntersectionObserver(entries => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      near.unobserve(entry.target);
      for (const w of JSON.parse(entry.target.querySelector('.widgets').textContent)) if (registered[w.kind]) attach(entry.target, w);
    }
  }, { rootMargin: '600px 0px' });
  for (const data of document.querySelectorAll('.widgets')) near.observe(data.closest('section'));

  // The contents show where the reader is.
  const links = new Map([...document.querySelectorAll('nav a')].map(a => [a.hash.slice(1), a]));
  const seen = new IntersectionObserver(entries => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const a of links.values()) a.removeAttribute('aria-current');
      const link = links.get(entry.target.id);
      if (link) link.setAttribute('aria-current', 'true');
    }
  }, { rootMargin: '-20% 0px -70% 0px' });
  for (const section of document.querySelectorAll('main > section')) seen.observe(section);

  // Commands can be copied where the browser lets a page write the clipboard.
  if (navigator.clipboard) {
    for (const code of document.querySelectorAll('dd > code')) {
      const button = make('button', 'copy', { type: 'button', class: 'copy' });
      button.addEventListener('click', () => navigator.clipboard.writeText(code.textContent).then(() => {
        button.textContent = 'copied';
        setTimeout(() => { button.textContent = 'copy'; }, 1500);
      }, () => { button.hidden = true; }));
      code.after(' ', button);
    }
  }
})();
