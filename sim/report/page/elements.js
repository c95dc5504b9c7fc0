'use strict';
// What all scripts of the page use: its data (the JSON in #data, made by page.cpp), elements, and
// numbers for people. Every text enters the page as text, never as markup.

const data = JSON.parse(document.getElementById('data').textContent);
const axis = data.axis;

function fillElement(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on'))
      made.addEventListener(name.slice(2), value);
    else
      made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.flat(3).filter((child) => child !== null && child !== undefined));
  return made;
}
const el = (tag, attributes, ...children) =>
    fillElement(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
    fillElement(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
/** The body of a section, which is shown from now on. */
function section(id) {
  const found = document.getElementById(id);
  found.hidden = false;
  return found.querySelector('.body');
}
const put = (parent, ...children) => fillElement(parent, {}, children);

/** 1234567 → "1,234,567"; fractions keep three digits. */
function count(value) {
  if (!Number.isFinite(value)) return '–';
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return value.toLocaleString('en-US', {maximumSignificantDigits: 3});
}
/** 1234567 → "1.23 M" */
function compact(value) {
  const size = Math.abs(value);
  for (const [unit, name] of [[1e12, 'T'], [1e9, 'G'], [1e6, 'M']]) {
    if (size >= unit) return Number((value / unit).toPrecision(3)) + ' ' + name;
  }
  if (size >= 1e5) return Number((value / 1e3).toPrecision(3)) + ' k';
  return count(Number(value.toPrecision(3)));
}
/** How long: nanoseconds → "1.24 ms" */
function lasting(ns) {
  for (const [unit, name] of [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs']]) {
    if (ns >= unit) {
      if (unit === 1e9 && ns >= 120e9) return clock(ns);
      return Number((ns / unit).toPrecision(3)) + ' ' + name;
    }
  }
  return ns + ' ns';
}
/** When: nanoseconds since the run began → "12.345 s", "2:05:03 h". */
function clock(ns, digits = 3) {
  const seconds = ns / 1e9;
  if (seconds < 120) return Number(seconds.toFixed(digits)) + ' s';
  const two = (value) => String(Math.floor(value)).padStart(2, '0');
  if (seconds < 3600) return Math.floor(seconds / 60) + ':' + two(seconds % 60) + ' min';
  return Math.floor(seconds / 3600) + ':' + two((seconds / 60) % 60) + ':' + two(seconds % 60) +
      ' h';
}
const when = (at, digits) => (axis.timed ? clock(at, digits) : 'line ' + count(at));
const percent = (part, whole) => {
  if (whole === 0) return '0 %';
  const value = (100 * part) / whole;
  if (part > 0 && value < 0.1) return '< 0.1 %';
  return Number(value.toFixed(value < 10 ? 1 : 0)) + ' %';
};
const plural = (n, one, many) => count(n) + ' ' + (n === 1 ? one : many || one + 's');

/** Round steps of an axis: about `wanted` of them in [low, high]. */
function ticks(low, high, wanted, whole = false) {
  const rough = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  let step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) || power;
  if (whole) step = Math.max(1, step);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) {
    found.push(Math.abs(at) < step / 1e6 ? 0 : at);
  }
  return found;
}
/** Of time: steps that a clock has. */
function timeTicks(end, wanted) {
  if (!axis.timed) return ticks(0, end, wanted, true);
  const seconds = end / 1e9 / wanted;
  const steps = [60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400];
  if (seconds < 30) return ticks(0, end, wanted);
  const step = (steps.find((n) => n >= seconds) || 86400) * 1e9;
  const found = [];
  for (let at = 0; at <= end; at += step) found.push(at);
  return found;
}

/** Kinds of faults that look alike. */
const families = {
  down: {
    words: 'killed, restarted, replaced',
    kinds: ['kill', 'restart', 'rolling', 'terminate', 'stop', 'crash', 'upgrade', 'membership']
  },
  pause: {words: 'paused', kinds: ['pause']},
  network: {
    words: 'network',
    kinds: [
      'cut', 'isolate', 'halves', 'ring', 'one_way', 'partition', 'latency', 'bandwidth', 'reset',
      'refuse', 'hang', 'slow'
    ]
  },
  clock: {words: 'clock', kinds: ['clock', 'skew', 'jump']},
  disk: {words: 'disk', kinds: ['disk', 'disk_full', 'fail_sync', 'fsync', 'torn']},
  other: {words: 'other', kinds: []},
};
const familyOf = (fault) =>
    Object.keys(families).find((name) => families[name].kinds.includes(fault.kind)) || 'other';
for (const fault of data.faults) fault.family = familyOf(fault);

const verdictMarks = {
  valid: {word: 'Valid', path: 'M12 21 l6 6 l11 -13'},
  invalid: {word: 'Invalid', path: 'M14 14 l12 12 M26 14 l-12 12'},
  unknown: {word: 'Unknown', path: 'M15 16 a5 5 0 1 1 7 4.6 q-2 1 -2 3.4 M20 28.5 l0 .6'},
};
const pill = (verdict) => el('span', {class: 'pill ' + verdict}, verdict);
