'use strict';
// The page: its head, its lists, and everything in its order.

function verdictSentence() {
  const all = data.operations.all;
  const faults = data.faults.length + (data.faults_left_out || 0);
  const around =
      plural(all, 'operation') + (faults > 0 ? ' and ' + plural(faults, 'fault') : ', no faults');
  if (data.verdict === 'valid') {
    const seen = data.fault_kinds.reduce((sum, kind) => sum + kind.confirmed, 0);
    const hidden = seen < faults ? ', ' + seen + ' of them confirmed, the others hidden by these' : '';
    const confirmed = hidden || faults === 0 ?
        hidden :
        (faults === 1 ? ', which was confirmed' : ', each one confirmed');
    return 'Every check holds over ' + around + confirmed + '.';
  }
  if (data.verdict === 'invalid') {
    const {invalid, unknown, valid} = data.verdicts;
    const found = data.findings.find((finding) => finding.verdict === 'invalid');
    return plural(invalid, 'check') + ' of ' + count(invalid + unknown + valid) +
        (invalid === 1 ? ' does' : ' do') + ' not hold over ' + around +
        (found && found.key ? ': ' + found.key + (invalid > 1 ? ' first of all.' : '.') : '.') +
        ' The witness is the smallest part of the history that cannot be.';
  }
  const first =
      data.missing.length > 0 ? ' First of all: ' + data.missing[0].replace(/\.?$/, '.') : '';
  return 'No violation was seen over ' + around +
      ', but there is too little evidence to call the run valid.' + first;
}

function drawHead() {
  const mark = verdictMarks[data.verdict];
  const icon =
      svg('svg', {viewBox: '0 0 40 40', class: 'ink-' + data.verdict, 'aria-hidden': 'true'},
          svg('circle',
              {cx: 20, cy: 20, r: 18.5, fill: 'none', stroke: 'currentColor', 'stroke-width': 2}),
          svg('path', {
            d: mark.path,
            fill: 'none',
            stroke: 'currentColor',
            'stroke-width': 3,
            'stroke-linecap': 'round',
            'stroke-linejoin': 'round'
          }));
  put(document.getElementById('head'),
      el('p', {class: 'mark'}, el('b', {}, 'dcount'), el('span', {}, 'report of a run')),
      el('h1', {}, data.scenario), data.about ? el('p', {class: 'about'}, data.about) : null,
      el('div', {class: 'verdict ' + data.verdict, 'data-verdict': data.verdict}, icon,
         el('div', {}, el('div', {class: 'word ink-' + data.verdict}, mark.word),
            el('p', {class: 'says'}, verdictSentence()))),
      drawFigures(), data.reproduce ? drawAgain() : null);
}

function drawFigures() {
  const figure = (name, value, note) =>
      el('div', {class: 'figure'}, el('div', {class: 'name'}, name),
         el('div', {class: 'value'}, value), note ? el('div', {class: 'note'}, note) : null);
  const all = data.operations;
  const faults = data.fault_kinds.reduce((sum, kind) => sum + kind.began, 0);
  const confirmed = data.fault_kinds.reduce((sum, kind) => sum + kind.confirmed, 0);
  const seconds = (data.duration_ns || (axis.timed ? axis.end : 0)) / 1e9;
  const latency = data.series.latency && data.series.latency.all;
  return el(
      'div', {class: 'figures'},
      figure('Operations', count(all.all), percent(all.unknown, all.all) + ' of them unknown'),
      seconds > 0 ? figure(
                        'Rate', compact(all.ok / seconds) + ' /s',
                        'acknowledged, over ' + lasting(seconds * 1e9)) :
                    null,
      latency && latency.p50.whole_ns >= 0 ? figure(
                                                 'Latency', lasting(latency.p50.whole_ns),
                                                 'median; p99 ' + lasting(latency.p99.whole_ns)) :
                                             null,
      figure(
          'Faults', count(faults),
          faults === 0             ? 'none' :
              confirmed === faults ? 'all confirmed' :
                                     count(confirmed) + ' confirmed'),
      figure(
          'Checks', count(data.verdicts.valid + data.verdicts.unknown + data.verdicts.invalid),
          [
            ['invalid', data.verdicts.invalid], ['unknown', data.verdicts.unknown],
            ['valid', data.verdicts.valid]
          ].filter(([, n]) => n > 0)
              .map(([word, n]) => count(n) + ' ' + word)
              .join(', ')),
      data.reproduction ?
          figure(
              'Failed again', data.reproduction.failed + ' of ' + data.reproduction.runs,
              'runs of this scenario') :
          null,
      figure('Seed', data.seed, data.engine ? 'engine: ' + data.engine : null));
}

function drawAgain() {
  const button =
      el('button', {type: 'button', onclick: () => copyText(data.reproduce, button)}, 'Copy');
  return el(
      'div', {class: 'again'}, el('span', {class: 'name'}, 'Run it again'),
      el('code', {id: 'reproduce', tabindex: '0'}, data.reproduce), button);
}

async function copyText(text, button) {
  let copied = false;
  try {
    await navigator.clipboard.writeText(text);
    copied = true;
  } catch {  // not allowed here: the old way
    const field = el('textarea', {style: 'position:fixed;opacity:0'});
    field.value = text;
    document.put(body, field);
    field.select();
    copied = document.execCommand('copy');
    field.remove();
  }
  button.textContent = copied ? 'Copied' : 'Select it';
  if (!copied) getSelection().selectAllChildren(document.getElementById('reproduce'));
  setTimeout(() => {
    button.textContent = 'Copy';
  }, 1600);
}

function drawContents() {
  const links = [...document.querySelectorAll('main > section:not([hidden])')].map(
      (part) => el('a', {href: '#' + part.id}, part.querySelector('h2').textContent));
  document.getElementById('contents').append(...links);
}

function drawMissing() {
  if (data.missing.length === 0 || data.verdict === 'valid') return;
  put(section('missing'),
      el('div', {class: 'card'},
         el('ul', {class: 'plain'}, data.missing.slice(0, 40).map((text) => el('li', {}, text))),
         more(data.missing.length - 40, 'more: see verdict.json')));
}

function drawFaults() {
  if (data.fault_kinds.length === 0) return;
  const body = section('faults');
  const kinds = data.fault_kinds.map((kind) => {
    // One of a scenario's may come again and again.
    const planned = kind.planned > kind.began ? ' of ' + count(kind.planned) + ' planned' : '';
    return el(
        'span', {},
        el('i', {class: familyOf(kind), style: 'border-radius: 50%; width: 9px; height: 9px'}),
        kind.kind + ': ' + count(kind.began) + planned + ', ' +
            (kind.confirmed === kind.began ? 'all' : count(kind.confirmed)) + ' confirmed');
  });
  const row = (fault) =>
      el('tr', {class: fault.confirmed ? '' : 'off', 'data-row-fault': fault.fault},
         el('td', {class: 'number'}, count(fault.fault)),
         el('td', {class: 'tight'}, el('span', {class: 'dot ' + fault.family}), fault.kind),
         el('td', {class: 'long'}, fault.target), el('td', {class: 'tight'}, when(fault.from)),
         el('td', {class: 'tight'},
            fault.lasts    ? 'not ended' :
                axis.timed ? lasting(fault.to - fault.from) :
                             '–'),
         el('td', {class: 'tight'},
            el('span', {class: 'pill ' + (fault.confirmed ? 'valid' : 'unknown')},
               fault.confirmed ? 'confirmed' : 'not confirmed')),
         el('td', {class: 'long soft'}, fault.evidence));
  const table =
      el('div', {class: 'table'},
         el('table', {},
            el('thead', {},
               el('tr', {}, el('th', {class: 'number'}, '#'),
                  ['Kind', 'Target', 'Began', 'Lasted', 'Took effect', 'Evidence'].map(
                      (name) => el('th', {}, name)))),
            el('tbody', {}, data.faults.map(row))));
  const list = data.faults.length > 30 ?
      el('details', {}, el('summary', {}, 'All ' + count(data.faults.length)), table) :
      table;
  put(body,
      card(
          [el('div', {class: 'legend'}, kinds)], data.faults.length > 0 ? list : null,
          more(data.faults_left_out || 0, 'more are not listed: see verdict.json')));
}

function drawChecks() {
  if (data.findings.length === 0) return;
  const row = (finding) =>
      el('tr', {}, el('td', {}, pill(finding.verdict)), el('td', {class: 'tight'}, finding.judge),
         el('td', {class: 'long'}, finding.key || el('span', {class: 'soft'}, 'the whole history')),
         el('td', {class: 'long soft'}, finding.summary));
  const table = (findings) =>
      el('div', {class: 'table'},
         el('table', {},
            el('thead', {},
               el('tr', {},
                  ['Verdict', 'Judge', 'Key', 'What was looked at'].map(
                      (name) => el('th', {}, name)))),
            el('tbody', {}, findings.map(row))));
  put(section('checks'),
      el('div', {class: 'card'}, table(data.findings.slice(0, 25)),
         data.findings.length > 25 ?
             el('details', {style: 'margin-top: 10px'},
                el('summary', {}, count(data.findings.length - 25) + ' more'),
                table(data.findings.slice(25))) :
             null,
         more(data.findings_left_out || 0, 'more are not listed: see verdict.json')));
}

function drawOperations() {
  const number = (value, look) =>
      el('td', {class: 'number ' + (look || '')}, value === 0 ? '–' : count(value));
  const row = (name, counts) =>
      el('tr', {}, el('td', {}, name), number(counts.ok), number(counts.fail),
         number(counts.unknown), number(counts.all));
  put(section('operations'),
      el('div', {class: 'card'},
         el('div', {class: 'table'},
            el('table', {style: 'max-width: 620px'},
               el('thead', {},
                  el('tr', {}, el('th', {}, 'Function'),
                     ['Ok', 'Failed', 'Unknown', 'All'].map(
                         (name) => el('th', {class: 'number'}, name)))),
               el('tbody', {},
                  Object.entries(data.operations.by_function).map(([name,
                                                                    counts]) => row(name, counts)),
                  row(el('b', {}, 'all'), data.operations))))));
}

function drawRun() {
  const pairs = (title, lines) =>
      (lines.length === 0 ?
           null :
           el('div', {class: 'card'}, el('h3', {}, title),
              el('dl', {class: 'pairs'},
                 lines.map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]))));
  const run = data.run;
  const facts = [
    ['Scenario', data.scenario], ['Seed', data.seed], data.engine ? ['Engine', data.engine] : null,
    data.began ? ['Began', data.began.replace('T', ' ').replace('Z', ' UTC')] : null,
    data.duration_ns > 0 ? ['Took', lasting(data.duration_ns)] : null
  ].filter(Boolean);
  const body = section('run');
  put(body,
      el('div', {class: 'columns'}, pairs('Facts', facts),
         pairs(
             'Processes',
             run.processes.map(
                 (process) =>
                     [process.name,
                      process.role + (process.address ? ', ' + process.address : '')])),
         pairs('Versions', Object.entries(data.versions)),
         pairs('Limits', Object.entries(data.limits)),
         run.logs.length === 0 ?
             null :
             el('div', {class: 'card'}, el('h3', {}, 'Logs, beside this file'),
                el('ul', {class: 'plain mono small'}, run.logs.map((log) => el('li', {}, log))),
                more(run.logs_left_out, 'more'))));
  if (run.scenario_text) {
    put(body,
        el('div', {class: 'card', style: 'margin-top: 14px'},
           el('details', {}, el('summary', {}, 'The scenario as it was run'),
              el('pre', {class: 'mono', tabindex: '0'}, run.scenario_text))));
  }
}

function drawFoot() {
  document.getElementById('foot').append(
      el('p', {},
         'ok: the answer came and says that it was done. Failed: provably not applied. Unknown: no answer, ' +
             'or none that tells; it may have been applied, once at most. Operations are judged in the order of the journal, never by a clock.'),
      el('p', {},
         'Plots have ' + plural(axis.bins, 'bin') +
             (axis.timed ? ' of ' + lasting(axis.width) : ' of ' + plural(axis.width, 'line')) +
             '; quantiles are exact within each. An unknown operation is counted where it began, every other where it ended.'));
}

function guard(draw) {
  try {
    draw();
  } catch (error) {  // the rest of the page is still worth reading
    console.error(error);
    noteError(draw.name + ': ' + error.message);
  }
}
function drawPlots() {
  for (const plot of plots) guard(function drawPlot() { plot.redraw(); });
  for (const story of storyPlots) guard(function drawStories() { drawStory(story); });
}

for (const draw
         of [drawHead, drawWitness, drawMissing, drawTime, drawCounters, drawFaults, drawChecks,
             drawOperations, drawRun, drawFoot, drawContents, drawPlots])
  guard(draw);

let width = innerWidth;
let waiting = false;
addEventListener('resize', () => {
  if (waiting || innerWidth === width) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    width = innerWidth;
    hideHover();
    drawPlots();
  });
});
document.documentElement.dataset.rendered = 'true';
