'use strict';
// Plots whose x is the run's time: faults behind them, one cross-hair through all of them, values
// on hovering and with the arrow keys. SVG, drawn for the width there is, and again when it
// changes.

const hover = document.getElementById('hover');

/** `rows`: [name, value] */
function showHover(title, rows, faults, x, y) {
  hover.replaceChildren(
      el('div', {class: 'when'}, title),
      el('dl', {}, rows.map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])),
      faults.length === 0 ? '' :
                            el('div', {class: 'faults'},
                               faults.slice(0, 5).map(
                                   (fault) =>
                                       el('div', {}, el('span', {class: 'dot ' + fault.family}),
                                          fault.kind + ' ' + fault.target +
                                              (fault.confirmed ? '' : ' (not confirmed)'))),
                               faults.length > 5 ? el('div', {class: 'soft'},
                                                      'and ' + (faults.length - 5) + ' more') :
                                                   null));
  hover.hidden = false;
  const box = hover.getBoundingClientRect();
  const right = x + 16 + box.width < innerWidth;
  hover.style.left = Math.max(8, right ? x + 16 : x - box.width - 16) + 'px';
  hover.style.top = Math.max(8, Math.min(y + 14, innerHeight - box.height - 8)) + 'px';
}
function hideHover() {
  hover.hidden = true;
  for (const plot of plots)
    if (plot.cross) plot.cross.setAttribute('visibility', 'hidden');
}
addEventListener('keydown', (event) => {
  if (event.key === 'Escape') hideHover();
});
addEventListener('scroll', hideHover, {passive: true});

const plots = [];

/**
 * A plot whose x is the run's time. `draw(plot)` fills it; `hoverRows(bin, row)` tells the values;
 * `rows`: lanes, for the arrow keys.
 */
class TimePlot {
  constructor({height, label, draw, hoverRows, rows, bands = true, axisBelow = false}) {
    Object.assign(this, {height, label, draw, hoverRows, bands, axisBelow, rows: rows || []});
    this.bin = -1;
    this.row = -1;
    this.node = svg('svg', {
      class: 'plot',
      tabindex: '0',
      role: 'img',
      'aria-label': label,
      onpointermove: (event) => this.point(event),
      onpointerleave: (event) => {
        if (event.pointerType !== 'touch') hideHover();
      },
      onblur: hideHover,
      onkeydown: (event) => this.key(event),
    });
    plots.push(this);
  }
  x(at) { return this.left + (Math.min(at, axis.end) / axis.end) * (this.right - this.left); }
  binLeft(bin) { return this.x(bin * axis.width); }
  binMiddle(bin) { return this.x(Math.min(axis.end, (bin + 0.5) * axis.width)); }

  redraw() {
    const width = this.node.clientWidth || this.node.parentNode.clientWidth;
    if (!width) return;
    this.left = width < 560 ? 52 : 92;
    this.right = width - 6;
    const height = this.height + (this.axisBelow ? 22 : 0);
    this.node.replaceChildren();
    this.node.setAttribute('height', height);
    this.node.setAttribute('viewBox', `0 0 ${width} ${height}`);
    if (this.bands) this.node.append(this.drawBands());
    this.draw(this);
    this.node.append(this.drawPhases());
    if (this.axisBelow) this.node.append(this.drawTime());
    this.cross = svg('line', {class: 'cross', y1: 0, y2: this.height, visibility: 'hidden'});
    this.node.append(this.cross);
  }
  drawBands() {
    return svg('g', {}, data.faults.map((fault) => {
      const from = this.x(fault.from);
      const width = Math.max(1.5, this.x(fault.to) - from);
      const shape = {x: from, y: 0, width, height: this.height, 'data-fault': fault.fault};
      return [
        svg('rect', {...shape, class: 'fault-band ' + fault.family}),
        fault.confirmed ? null : svg('rect', {...shape, class: 'unconfirmed', opacity: 0.25})
      ];
    }));
  }
  drawPhases() {
    return svg('g', {}, data.phases.map((phase) => svg('line', {
                                          class: 'phase',
                                          x1: this.x(phase.at),
                                          x2: this.x(phase.at),
                                          y1: 0,
                                          y2: this.height
                                        })));
  }
  drawTime() {
    const top = this.height;
    const wanted = Math.max(2, Math.floor((this.right - this.left) / 95));
    return svg(
        'g', {}, svg('line', {class: 'base', x1: this.left, x2: this.right, y1: top, y2: top}),
        timeTicks(axis.end, wanted)
            .map(
                (at) =>
                    svg('text', {
                      x: this.x(at),
                      y: top + 16,
                      'text-anchor': this.x(at) > this.right - 24 ? 'end' : 'middle',
                    },
                        axis.timed ? clock(at, 2) : compact(at))));
  }
  /** Horizontal lines with their values: [[value, text], …] */
  drawGrid(y, marks) {
    this.node.append(svg(
        'g', {},
        marks.map(
            ([value, text]) =>
                [svg('line',
                     {class: 'grid', x1: this.left, x2: this.right, y1: y(value), y2: y(value)}),
                 svg('text', {x: this.left - 8, y: y(value) + 4, 'text-anchor': 'end'}, text)])));
  }

  point(event) {
    const box = this.node.getBoundingClientRect();
    const x = event.clientX - box.left;
    const at = ((x - this.left) / (this.right - this.left)) * axis.end;
    this.row = this.rows.findIndex((row) => event.clientY - box.top < row.bottom);
    if (at < 0 || at > axis.end) {
      hideHover();
      return;
    }
    this.show(Math.floor(at / axis.width), event.clientX, event.clientY);
  }
  key(event) {
    const steps = {ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -1e9, End: 1e9};
    const rows = {ArrowUp: -1, ArrowDown: 1};
    if (event.key in steps)
      this.bin += steps[event.key];
    else if (event.key in rows && this.rows.length > 0) {
      this.row = Math.max(0, Math.min(this.rows.length - 1, this.row + rows[event.key]));
    } else
      return;
    event.preventDefault();
    this.bin = Math.max(0, Math.min(axis.bins - 1, this.bin));
    const box = this.node.getBoundingClientRect();
    this.show(this.bin, box.left + this.binMiddle(this.bin), box.top + 8);
  }
  show(bin, x, y) {
    this.bin = Math.max(0, Math.min(axis.bins - 1, bin));
    const from = this.bin * axis.width;
    const to = Math.min(axis.end, from + axis.width);
    for (const plot of plots) {
      if (!plot.cross) continue;
      const place = plot.binMiddle(this.bin);
      plot.cross.setAttribute('x1', place);
      plot.cross.setAttribute('x2', place);
      plot.cross.setAttribute('visibility', 'visible');
    }
    const faults = data.faults.filter((fault) => fault.from <= to && fault.to >= from);
    const digits = Math.max(0, Math.min(6, 9 - Math.floor(Math.log10(axis.width))));
    showHover(
        when(from, digits) + (axis.timed ? ' + ' + lasting(axis.width) : ''),
        this.hoverRows(this.bin, this.row), faults, x, y);
  }
}

/** The part of the last bin that the run has reached; too short a part is not drawn. */
function widthOf(bin) {
  const width = Math.min(axis.width, axis.end - bin * axis.width);
  return width < axis.width * 0.3 && axis.bins > 3 ? 0 : width;
}
/** Per second (or per line of the journal, without a clock). */
function rateAt(counts, bin) {
  const width = widthOf(bin);
  return width === 0 ? 0 : counts[bin] / (axis.timed ? width / 1e9 : 1);
}

/** A stepped outline from `low(bin)` to `high(bin)`. */
function stepArea(plot, low, high, y) {
  let up = '';
  let down = '';
  for (let bin = 0; bin < axis.bins; ++bin) {
    if (widthOf(bin) === 0) continue;
    const left = plot.binLeft(bin).toFixed(1);
    const right = plot.binLeft(bin + 1).toFixed(1);
    up += `${up ? 'L' : 'M'}${left} ${y(high(bin)).toFixed(1)}L${right} ${y(high(bin)).toFixed(1)}`;
    down = `L${right} ${y(low(bin)).toFixed(1)}L${left} ${y(low(bin)).toFixed(1)}` + down;
  }
  return up + down + 'Z';
}
/** A line through the middles of the bins that have a value; others are gaps. */
function line(plot, value, y) {
  let path = '';
  let open = false;
  for (let bin = 0; bin < axis.bins; ++bin) {
    const at = value(bin);
    if (at === null) {
      open = false;
      continue;
    }
    path += `${open ? 'L' : 'M'}${plot.binMiddle(bin).toFixed(1)} ${y(at).toFixed(1)}`;
    if (!open) path += 'h.1';  // so that a single point is seen
    open = true;
  }
  return path;
}
/** The area between two such lines, in pieces. */
function between(plot, low, high, y) {
  let path = '';
  let piece = [];
  const finish = () => {
    if (piece.length > 1) {
      path += 'M' +
          piece.map((bin) => `${plot.binMiddle(bin).toFixed(1)} ${y(high(bin)).toFixed(1)}`)
              .join('L') +
          'L' +
          piece.reverse()
              .map((bin) => `${plot.binMiddle(bin).toFixed(1)} ${y(low(bin)).toFixed(1)}`)
              .join('L') +
          'Z';
    }
    piece = [];
  };
  for (let bin = 0; bin < axis.bins; ++bin) {
    if (low(bin) === null || high(bin) === null)
      finish();
    else
      piece.push(bin);
  }
  finish();
  return path;
}

function legend(...entries) {
  return el('div', {class: 'legend'}, entries.filter(Boolean).map(([look, text]) => {
    const key = el('i', look.class ? {class: look.class} : {});
    if (look.color) key.style.background = key.style.borderColor = look.color;
    if (look.opacity) key.style.opacity = look.opacity;
    return el('span', {}, key, text);
  }));
}
function choice(label, options, chosen, change) {
  const buttons = options.map(
      ([value, text]) =>
          el('button', {
            type: 'button',
            'aria-pressed': String(value === chosen),
            onclick: (event) => {
              for (const button of buttons)
                button.setAttribute('aria-pressed', String(button === event.target));
              change(value);
            },
          },
             text));
  return el('div', {class: 'choice', role: 'group', 'aria-label': label}, buttons);
}
