'use strict';
// A witness: its operations and their neighbours, in the order of the journal.

function drawWitness() {
  const invalid = data.findings.map((finding, index) => ({finding, index}))
                      .filter(({finding}) => finding.verdict === 'invalid');
  if (invalid.length === 0) return;
  const body = section('witness');
  for (const {finding, index} of invalid.slice(0, 10)) {
    const story = data.stories.find((one) => one.finding === index);
    const holder = el('div', {
      class: 'scroll story',
      tabindex: '0',
      role: 'group',
      'aria-label': 'The witness\' operations'
    });
    put(body,
        el('div', {class: 'card', 'data-witness': index},
           el('div', {class: 'where'}, el('span', {}, 'judge: ' + finding.judge),
              finding.key ? el('span', {class: 'wrap'}, 'key: ' + finding.key) : null,
              el('span', {class: 'wrap'}, finding.summary)),
           el('p', {class: 'witness-text'}, finding.witness.text || finding.summary),
           story && story.operations.length > 0 ? [holder, storyNote(story), storyTable(story)] :
                                                  null));
    if (story && story.operations.length > 0) storyPlots.push({holder, story});
  }
  const rest = data.verdicts.invalid - Math.min(10, invalid.length);
  put(body, more(rest, 'more violations: see the checks, and verdict.json'));
}

const storyPlots = [];

/** The operations in the order of the journal: each line that is drawn has the same room. */
function drawStory({holder, story}) {
  const operations = story.operations;
  const lines = [
    ...new Set(
        operations.flatMap((op) => [op.invoked, op.completed].filter((at) => at !== undefined)))
  ].sort((a, b) => a - b);
  const place = new Map(lines.map((at, rank) => [at, rank]));
  const processes = [...new Set(operations.map((op) => op.process))].sort((a, b) => a - b);
  const width = holder.clientWidth;
  if (!width) return;
  const left = width < 560 ? 60 : 92;
  const step = Math.max(15, (width - left - 16) / (lines.length + 0.5));
  const full = Math.max(width, left + step * (lines.length + 0.5) + 16);
  const x = (at) => left + step * (place.get(at) + 0.5);
  const each = 46;
  const height = processes.length * each + 30;
  const plot = svg('svg', {
    class: 'plot',
    width: full,
    height,
    viewBox: `0 0 ${full} ${height}`,
    style: `width: ${full}px`,
    role: 'img',
    'aria-label': 'Operations by client, in the order of the journal'
  });
  plot.append(...processes.map(
      (process, row) => svg(
          'g', {},
          svg('line',
              {class: 'grid', x1: left, x2: full, y1: row * each + 34.5, y2: row * each + 34.5}),
          svg('text', {class: 'lane-name', x: left - 10, y: row * each + 33, 'text-anchor': 'end'},
              'client ' + process))));
  drawStoryRules(plot, operations, x, height);
  const ends = new Map();  // where a client's last label ends
  for (const op of [...operations].sort(
           (a, b) => Number(a.witness) - Number(b.witness) || a.invoked - b.invoked)) {
    const y = processes.indexOf(op.process) * each + 24;
    const later =
        operations.filter((other) => other.process === op.process && other.invoked > op.invoked);
    const next = Math.min(full, ...later.map((other) => x(other.invoked)));
    plot.append(drawStoryOperation(op, x, y, full, next, ends));
  }
  holder.replaceChildren(plot);
  const first = operations.find((op) => op.witness);
  if (first) holder.scrollLeft = Math.max(0, x(first.invoked) - width / 3);
}
function drawStoryRules(plot, operations, x, height) {
  const marks = new Map();
  for (const op of operations.filter((op) => op.witness)) {
    marks.set(op.invoked, op.began);
    if (op.completed !== undefined) marks.set(op.completed, op.ended);
  }
  let free = -1;
  for (const [line, at] of [...marks].sort((a, b) => a[0] - b[0])) {
    const place = x(line);
    plot.append(svg('line', {class: 'witness-rule', x1: place, x2: place, y1: 4, y2: height - 22}));
    const text = axis.timed ? clock(at, 4) : String(line);
    const half = text.length * 3.4;
    if (place - half < free) continue;
    free = place + half + 8;
    plot.append(svg('text', {x: place, y: height - 8, 'text-anchor': 'middle'}, text));
  }
}
/** `next`: where the client's next operation begins. */
function drawStoryOperation(op, x, y, full, next, ends) {
  const from = x(op.invoked);
  const open = op.completed === undefined;
  const to = open ? full - 8 : x(op.completed);
  const text = op.words;
  const bold = op.witness ? 7.4 : 6.3;
  const size = text.length * bold;
  const label = svg('text', {x: Math.max(from, 0), y: y - 5}, text);
  let show = op.witness || from + size < next - 6;
  let start = from;
  if (op.witness && from + size > full - 4) {
    start = full - 4 - size;
    label.setAttribute('x', start);
  }
  const taken = ends.get(op.process) || [];
  const clash = (row) =>
      taken.some((one) => one.row === row && start < one.to + 6 && start + size > one.from - 6);
  let row = 0;
  if (clash(0)) {
    row = 1;
    label.setAttribute('y', y + 21);
    show = show && op.witness;
  }
  if (show && !op.witness && clash(row)) show = false;
  if (show) ends.set(op.process, [...taken, {row, from: start, to: start + size}]);
  const bar = svg('rect', {
    class: 'story-bar' + (open ? ' open' : ''),
    x: from,
    y,
    width: Math.max(3, to - from),
    height: 9,
    rx: 4
  });
  const title = [
    op.words, 'key ' + op.key, 'client ' + op.process + (op.node ? ', answered by ' + op.node : ''),
    (axis.timed ? clock(op.began, 6) +
             (open ? ', no answer' : ', for ' + lasting(Math.max(0, op.ended - op.began))) + ', ' :
                  '') +
        'lines ' + op.invoked + ' to ' + (open ? '?' : op.completed),
    op.outcome
  ].join('\n');
  return svg(
      'g', {class: 'story-op' + (op.witness ? ' witness' : ''), 'data-invoked': op.invoked}, bar,
      show ? label : null, svg('title', {}, title));
}
function storyNote(story) {
  const around = story.operations.some((op) => !op.witness);
  return el(
      'p', {class: 'more'},
      'In the order of the journal, not to the scale of time. Red: the witness' +
          (around ? '; grey: its neighbours on the same key' : '') +
          '. Dashed: no answer ever came.' +
          (story.left_out > 0 ?
               ' ' + count(story.left_out) + ' more operations of the witness are not drawn.' :
               ''));
}
function storyTable(story) {
  const rows = story.operations.filter((op) => op.witness);
  const versions = rows.some((op) => op.version !== undefined);
  return el(
      'details', {open: true, style: 'margin-top: 12px'},
      el('summary', {}, 'These operations in full'),
      el('div', {class: 'table'},
         el('table', {},
            el('thead', {},
               el('tr', {},
                  [
                    'Lines', axis.timed ? 'Began' : null, axis.timed ? 'Took' : null, 'Client',
                    'Operation', 'Key', versions ? 'Version' : null, 'Answered by'
                  ].filter(Boolean)
                      .map((name) => el('th', {}, name)))),
            el('tbody', {},
               rows.map(
                   (op) => el(
                       'tr', {},
                       el('td', {class: 'tight'},
                          op.invoked + ' – ' + (op.completed === undefined ? '?' : op.completed)),
                       axis.timed ? el('td', {class: 'tight'}, clock(op.began, 6)) : null,
                       axis.timed ? el('td', {class: 'tight'},
                                       op.completed === undefined ?
                                           '–' :
                                           lasting(Math.max(0, op.ended - op.began))) :
                                    null,
                       el('td', {}, String(op.process)), el('td', {class: 'tight'}, op.words),
                       el('td', {class: 'long'}, op.key),
                       versions ? el('td', {}, op.version || '–') : null,
                       el('td', {}, op.node || '–')))))));
}
