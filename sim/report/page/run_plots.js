'use strict';
// The run over time: throughput, latency, a lane for each process.

function throughputPlot() {
  const {ok, fail, unknown} = data.series;
  const rates = (counts) => counts.map((_, bin) => rateAt(counts, bin));
  const [oks, fails, unknowns] = [rates(ok), rates(fail), rates(unknown)];
  const top = Math.max(1e-9, ...oks.map((value, bin) => value + fails[bin] + unknowns[bin]));
  return new TimePlot({
    height: 150,
    label: 'Operations over time',
    draw(plot) {
      const y = (value) => 140 - (value / top) * 118;
      plot.drawGrid(y, ticks(0, top, 3).map((value) => [value, compact(value)]));
      const stacked = (name, low, high) =>
          plot.node.append(svg('path', {class: name, d: stepArea(plot, low, high, y)}));
      stacked('area-ok', () => 0, (bin) => oks[bin]);
      plot.node.append(svg('path', {class: 'line-ok', d: stepLine(plot, oks, y)}));
      if (fail.some(Boolean))
        stacked('area-fail', (bin) => oks[bin], (bin) => oks[bin] + fails[bin]);
      if (unknown.some(Boolean)) {
        stacked(
            'area-unknown', (bin) => oks[bin] + fails[bin],
            (bin) => oks[bin] + fails[bin] + unknowns[bin]);
      }
      // Few among thousands are not seen in the area: a tick below it for each bin.
      unknown.forEach((n, bin) => {
        if (n === 0) return;
        plot.node.append(svg(
            'rect',
            {class: 'tick-unknown', x: plot.binMiddle(bin) - 1, y: 142, width: 2.5, height: 6}));
      });
      let free = -1e9;
      for (const phase of data.phases) {
        const x = Math.min(plot.x(phase.at) + 5, plot.right - 30);
        if (x > free) plot.node.append(svg('text', {class: 'phase-name', x, y: 10}, phase.name));
        free = x + 8 * phase.name.length;
      }
    },
    hoverRows: (bin) => [['ok', count(ok[bin])], fail[bin] ? ['failed', count(fail[bin])] : null,
                         unknown[bin] ? ['unknown', count(unknown[bin])] : null,
                         axis.timed ? ['ok per second', compact(oks[bin])] : null]
                            .filter(Boolean),
  });
}
function stepLine(plot, values, y) {
  let path = '';
  values.forEach((value, bin) => {
    if (widthOf(bin) === 0) return;
    path += `${path ? 'L' : 'M'}${plot.binLeft(bin).toFixed(1)} ${y(value).toFixed(1)}H${
        plot.binLeft(bin + 1).toFixed(1)}`;
  });
  return path;
}

function latencyPlot(group) {
  const chosen = {quantiles: data.series.latency[group]};
  const value = (name) => (bin) => {
    const us = chosen.quantiles[name].us[bin];
    return us < 0 ? null : Math.max(us, 1);
  };
  const plot = new TimePlot({
    height: 170,
    label: 'Latency over time',
    draw(plot) {
      const known =
          ['p50', 'max'].flatMap((name) => chosen.quantiles[name].us.filter((us) => us >= 0));
      const low = 10 ** Math.floor(Math.log10(Math.max(1, Math.min(...known, 1e6))));
      const high = Math.max(low * 10, ...known) * 1.15;
      const y = (us) => 162 - (Math.log(us / low) / Math.log(high / low)) * 150;
      const marks = [];
      for (let mark = low; mark <= high; mark *= 10) marks.push([mark, lasting(mark * 1000)]);
      plot.drawGrid(y, marks);
      const [p50, p90, p99, max] = ['p50', 'p90', 'p99', 'max'].map(value);
      plot.node.append(
          svg('path', {class: 'band-outer', d: between(plot, p90, p99, y)}),
          svg('path', {class: 'band-inner', d: between(plot, p50, p90, y)}),
          svg('path', {class: 'line-max', d: line(plot, max, y)}),
          svg('path', {class: 'line-p99', d: line(plot, p99, y)}),
          svg('path', {class: 'line-p50', d: line(plot, p50, y)}));
    },
    hoverRows: (bin) => ['p50', 'p90', 'p99', 'max'].map((name) => {
      const us = chosen.quantiles[name].us[bin];
      return [name, us < 0 ? 'none ended' : lasting(us * 1000)];
    }),
  });
  plot.choose = (name) => {
    chosen.quantiles = data.series.latency[name];
    plot.redraw();
  };
  return plot;
}

function laneName(plot, text, y, kind) {
  const room = Math.floor((plot.left - 10) / 6.4);
  const short = text.length > room ? text.slice(0, Math.max(1, room - 1)) + '…' : text;
  return svg(
      'text', {class: 'lane-name ' + (kind || ''), x: plot.left - 8, y, 'text-anchor': 'end'},
      short, svg('title', {}, text));
}

function nodesPlot() {
  const lanes = data.lanes.nodes.map(
      (node, index) =>
          ({...node, faults: data.faults.filter((fault) => fault.lanes.includes(index))}));
  const elsewhere = data.faults.filter((fault) => fault.lanes.length === 0);
  if (elsewhere.length > 0)
    lanes.push({name: lanes.length > 0 ? 'elsewhere' : 'cluster', answered: [], faults: elsewhere});
  if (lanes.length === 0) return null;
  const each = 30;
  const top = Math.max(1, ...lanes.flatMap((lane) => lane.answered));
  return new TimePlot({
    height: lanes.length * each,
    label: 'Processes of the cluster',
    bands: false,
    rows: lanes.map((lane, row) => ({lane, bottom: (row + 1) * each})),
    draw(plot) {
      lanes.forEach((lane, row) => {
        const bottom = (row + 1) * each - 4;
        const height = each - 8;
        plot.node.append(
            svg('rect', {
              class: 'lane-ground',
              x: plot.left,
              y: bottom - height,
              width: plot.right - plot.left,
              height,
              rx: 3
            }),
            laneName(plot, lane.name, bottom - 6));
        if (lane.answered.length > 0) {
          const y = (value) => bottom - (value / top) * (height - 3);
          plot.node.append(svg(
              'path',
              {class: 'node-area', d: stepArea(plot, () => 0, (bin) => lane.answered[bin], y)}));
        }
        plot.node.append(
            svg('g', {},
                lane.faults.map((fault) => drawLaneFault(plot, fault, bottom - height, height))));
      });
    },
    hoverRows: (bin, row) =>
        (row < 0 ?
             [] :
             [
               ['process', lanes[row].name],
               lanes[row].answered.length > 0 ? ['answered', count(lanes[row].answered[bin])] : null
             ].filter(Boolean)),
  });
}
function drawLaneFault(plot, fault, top, height) {
  const x = plot.x(fault.from);
  const width = Math.max(3, plot.x(fault.to) - x);
  const shape = {x, y: top, width, height, rx: Math.min(3, width / 2)};
  const label = width > fault.kind.length * 6.6 + 10 ?
      svg('text', {x: x + 6, y: top + height / 2 + 4, style: 'fill: var(--card); font-weight: 600'},
          fault.kind) :
      null;
  return svg(
      'g', {'data-lane-fault': fault.fault},
      svg('rect', {...shape, class: 'fault-bar ' + fault.family}),
      fault.confirmed ? null : svg('rect', {...shape, class: 'unconfirmed'}), label);
}

const stateWords = {
  '.': 'idle',
  w: 'waiting',
  o: 'ok',
  f: 'failed',
  u: 'waits for what never came'
};

function clientsPlot() {
  const lanes = data.lanes.clients;
  if (lanes.length === 0) return null;
  const each = lanes.length > 16 ? 12 : 17;
  return new TimePlot({
    height: lanes.length * each + 4,
    label: 'Clients',
    rows: lanes.map((lane, row) => ({lane, bottom: (row + 1) * each})),
    axisBelow: true,
    draw(plot) {
      lanes.forEach((lane, row) => {
        const top = row * each + 2;
        const paths = {w: '', o: '', f: '', u: ''};
        for (let bin = 0; bin < axis.bins;) {
          const state = lane.states[bin];
          let end = bin + 1;
          while (end < axis.bins && lane.states[end] === state) ++end;
          if (state !== '.') {
            const left = plot.binLeft(bin);
            const width = Math.max(1.2, plot.binLeft(end) - left);
            paths[state] += `M${left.toFixed(1)} ${top}h${width.toFixed(1)}v${each - 4}h${
                (-width).toFixed(1)}z`;
          }
          bin = end;
        }
        plot.node.append(
            svg('g', {'data-process': lane.process},
                Object.entries(paths)
                    .filter(([, d]) => d)
                    .map(([state, d]) => svg('path', {class: 'state-' + state, d}))));
        if (each > 12 || row % 2 === 0 || lane.witness) {
          plot.node.append(laneName(
              plot, (plot.left < 60 ? '' : 'client ') + lane.process, top + each / 2 + 2,
              lane.witness ? 'strong' : 'weak'));
        }
      });
    },
    hoverRows: (bin, row) =>
        (row < 0 ?
             [] :
             [
               ['client', String(lanes[row].process)], ['here', stateWords[lanes[row].states[bin]]],
               ['all its operations', count(lanes[row].operations)],
               lanes[row].unknown > 0 ? ['of them unknown', count(lanes[row].unknown)] : null
             ].filter(Boolean)),
  });
}

function faultLegend() {
  const used =
      Object.keys(families).filter((name) => data.faults.some((fault) => fault.family === name));
  const unconfirmed = data.faults.some((fault) => !fault.confirmed);
  if (used.length === 0) return null;
  return legend(
      ...used.map((name) => [{class: name}, families[name].words]),
      unconfirmed ? [{class: 'swatch-hatch'}, 'not confirmed'] : null);
}

const card = (bar, ...content) =>
    el('div', {class: 'card'}, el('div', {class: 'bar'}, bar), content);
const more = (n, words) => (n > 0 ? el('p', {class: 'more'}, count(n) + ' ' + words) : null);

function drawTime() {
  if (data.operations.all === 0) return;
  const body = section('time');
  const across = faultLegend();
  if (across)
    put(body,
        el('div', {class: 'bar', style: 'margin-bottom: 12px'},
           el('span', {class: 'soft small'}, 'Faults:'), across));
  put(body,
      card(
          [
            el('h3', {},
               axis.timed ? 'Operations per second' :
                            'Operations per ' + plural(axis.width, 'line')),
            legend(
                [{color: 'var(--accent)', opacity: 0.6}, 'ok'],
                data.series.fail.some(Boolean) && [{color: 'var(--fail)'}, 'failed, not applied'],
                data.series.unknown.some(Boolean) && [{color: 'var(--unknown)'}, 'unknown'])
          ],
          throughputPlot().node));
  if (data.series.latency) drawLatency(body);
  const nodes = nodesPlot();
  if (nodes) {
    put(body,
        card(
            [
              el('h3', {}, 'Processes of the cluster'),
              legend([{color: 'var(--accent)', opacity: 0.45}, 'operations answered'])
            ],
            nodes.node, more(data.lanes.nodes_left_out, 'more are not drawn')));
  }
  const clients = clientsPlot();
  put(body,
      card(
          [
            el('h3', {}, 'Clients'),
            legend(
                [{class: 'ok', color: 'var(--accent-soft)'}, 'ok'],
                [{color: 'var(--waiting)'}, 'waiting'], [{color: 'var(--fail)'}, 'failed'],
                [{color: 'var(--unknown)'}, 'waiting for an answer that never came'])
          ],
          clients.node,
          more(
              data.lanes.clients_left_out,
              'more clients are not drawn: those with the fewest unknown operations')));
}

function drawLatency(body) {
  const latency = data.series.latency;
  const groups = [['all', 'all'], ['writes', 'writes'], ['reads', 'reads']].filter(
      ([name]) => latency[name].p50.whole_ns >= 0);
  if (groups.length === 0) return;
  const plot = latencyPlot('all');
  put(body,
      card(
          [
            el('h3', {}, 'Latency of acknowledged operations'),
            legend(
                [{class: 'stroke', color: 'var(--accent)'}, 'p50'],
                [{color: 'var(--accent)', opacity: 0.35}, 'to p90'],
                [{color: 'var(--accent)', opacity: 0.16}, 'to p99'],
                [{class: 'stroke dotted', color: 'var(--soft)'}, 'max']),
            groups.length > 2 ?
                el('span', {class: 'push'}, choice('Latency of', groups, 'all', plot.choose)) :
                null
          ],
          plot.node));
}
