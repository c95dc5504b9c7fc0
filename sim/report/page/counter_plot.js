'use strict';
// A counter: what it could be, and what was seen of it.

/**
 * Linear around 0, logarithmic far from it: one lost increment is seen beside a thousand unknown.
 */
const nearZero = {
  to: Math.asinh,
  ticks: (low, high) => [...nearZeroTicks(low, high)]
};
function* nearZeroTicks(low, high) {
  const size = Math.max(-low, high);
  const each = size > 1e6 ? 1000 : 10;
  for (let mark = size > 1e6 ? 1000 : 1; mark <= size; mark *= each) {
    if (mark <= high) yield mark;
    if (-mark >= low) yield - mark;
  }
  yield 0;
}
const evenly = {
  to: (value) => value,
  ticks: (low, high) => ticks(low, high, 5, true)
};

function countersPlot(state) {
  return new TimePlot({
    height: 240,
    label: 'A counter\'s bounds and what was seen',
    axisBelow: true,
    draw(plot) {
      const {counter} = state;
      const bounded = counter.without_bounds === '';
      const above = state.mode === 'above' && bounded;
      const [minimum, maximum] = above ? [3, 4] : [1, 2];
      const values = counter.seen.flatMap((seen) => [seen[minimum], seen[maximum]])
                         .concat(
                             above ? counter.seen.map((seen) => seen[5]) : counter.least,
                             above ? [0] : counter.most);
      const scale = above ? nearZero : evenly;
      const low = values.length > 0 ? Math.min(...values) : 0;
      const high = Math.max(low + 1, ...values);
      const pad = (scale.to(high) - scale.to(low)) * 0.07;
      const full = scale.to(high) - scale.to(low) + 2 * pad;
      const y = (value) => 234 - ((scale.to(value) - scale.to(low) + pad) / full) * 226;
      plot.drawGrid(
          y,
          scale.ticks(low, high).map(
              (value) =>
                  [value, (above && value > 0 ? '+' : '') + compact(value).replace('-', '−')]));
      if (bounded) drawRoom(plot, counter, above, y);
      for (const seen of counter.seen) {
        drawSeen(plot, counter, seen, y(seen[minimum]), y(seen[maximum]), seen[3] < 0);
      }
    },
    hoverRows: (bin) =>
        counterRows(state.counter, bin, state.counter.seen.find((seen) => seen[0] === bin)),
  });
}
/** What was seen in a bin, from the least to the most; a dot where it left its bounds. */
function drawSeen(plot, counter, seen, bottom, top, below) {
  const x = plot.binMiddle(seen[0]);
  plot.node.append(svg('line', {class: 'seen-line', x1: x, x2: x, y1: bottom + 0.05, y2: top}));
  if (seen[6] === 0) return;
  plot.node.append(svg(
      'circle', {class: 'outlier', cx: x, cy: below ? bottom : top, r: 3.8, 'data-bin': seen[0]}));
}
function drawRoom(plot, counter, above, y) {
  if (above) {
    const room = new Map(counter.seen.map((seen) => [seen[0], seen[5]]));
    let d = '';
    for (const [bin, most] of room) {
      d += `M${plot.binLeft(bin).toFixed(1)} ${y(0).toFixed(1)}V${y(most).toFixed(1)}H${
          plot.binLeft(bin + 1).toFixed(1)}V${y(0).toFixed(1)}z`;
    }
    plot.node.append(
        svg('path', {class: 'room', d}),
        svg('line', {class: 'room-edge', x1: plot.left, x2: plot.right, y1: y(0), y2: y(0)}));
    return;
  }
  plot.node.append(
      svg('path', {
        class: 'room',
        d: stepArea(plot, (bin) => counter.least[bin], (bin) => counter.most[bin], y)
      }),
      svg('path', {class: 'room-edge', d: stepLine(plot, counter.least, y)}),
      svg('path', {class: 'room-edge', d: stepLine(plot, counter.most, y)}));
}
function counterRows(counter, bin, seen) {
  const rows = [];
  if (counter.least.length > 0) {
    rows.push(['acknowledged', count(counter.least[bin])], ['at most', count(counter.most[bin])]);
  }
  if (seen) {
    rows.push(
        ['seen', seen[1] === seen[2] ? count(seen[1]) : count(seen[1]) + ' to ' + count(seen[2])]);
    if (counter.least.length > 0) {
      rows.push(
          [
            'above acknowledged',
            seen[3] === seen[4] ? count(seen[3]) : count(seen[3]) + ' to ' + count(seen[4])
          ],
          ['allowed above', '0 to ' + count(seen[5])]);
    }
    if (seen[6] > 0) rows.push(['outside', plural(seen[6], 'value')]);
  } else {
    rows.push(['seen', 'nothing ended here']);
  }
  const outliers = counter.outliers.filter((o) => Math.floor(o.at / axis.width) === bin);
  for (const o of outliers.slice(0, 3)) {
    rows.push([
      'outside, client ' + o.process,
      count(o.value) + ', not in ' + count(o.least) + ' to ' + count(o.most)
    ]);
  }
  return rows;
}

function drawCounters() {
  if (data.counters.length === 0) return;
  const state = {counter: data.counters[0], mode: 'above'};
  const plot = countersPlot(state);
  const facts = el('p', {class: 'more'});
  const modes = choice(
      'Shown', [['above', 'above what was acknowledged'], ['value', 'value']], 'above', (mode) => {
        state.mode = mode;
        plot.redraw();
      });
  const tell = () => {
    const {counter} = state;
    modes.hidden = counter.without_bounds !== '';
    const outside = counter.outliers.length + counter.outliers_left_out;
    facts.replaceChildren(
        plural(counter.operations, 'operation') + ', ' + count(counter.unknown) +
        ' of them unknown. ' +
        (counter.without_bounds ? 'No bounds are drawn: ' + counter.without_bounds + '.' :
             outside === 0      ? 'Everything that was seen lies within its bounds.' :
                                  plural(outside, 'value') + (outside === 1 ? ' lies' : ' lie') +
                 ' outside.'));
    plot.redraw();
  };
  const picker =
      el('select', {
        id: 'counter',
        'aria-label': 'Counter',
        onchange: (event) => {
          state.counter = data.counters[event.target.selectedIndex];
          tell();
        },
      },
         data.counters.map((counter) => el('option', {}, counter.key)));
  put(section('counters'),
      card(
          [
            picker,
            legend(
                [{color: 'var(--valid)', opacity: 0.35}, 'possible'],
                [{color: 'var(--accent)'}, 'seen'],
                data.counters.some((counter) => counter.outliers.length > 0) &&
                    [{color: 'var(--invalid)'}, 'seen, not possible']),
            el('span', {class: 'push'}, modes)
          ],
          plot.node, facts),
      el('p', {class: 'soft small', style: 'max-width: 84ch'},
         'What was acknowledged before a request began is in its answer; what was under way or unknown until ' +
             'the answer may be in it: acknowledged ≤ value ≤ acknowledged + unknown.'),
      more(data.counters_left_out, 'more counters are not drawn'));
  tell();
}
