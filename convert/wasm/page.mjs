// The page itself. It stands behind network.mjs and mnist.mjs in the one module of the file.

const data = JSON.parse(byId("data").textContent);
// Classes that have a bar each; of more, the likeliest do.
const MOST_BARS = 12;
// Windows of a measurement, and milliseconds of each: more than any browser's clock rounds to.
const WINDOWS = 31;
const WINDOW = 5;
const SWEEP = 800; // milliseconds in which a signal appears, and in which it then stands
const STEP = 8 * 16; // of the pen by arrow keys; a quarter of it with Shift

const networks = await Promise.all(
  data.networks.map(async (facts) => {
    // What stands in brackets behind a name is said once.
    const [, name, remark] = /^(.*?)(?: \((.*)\))?$/.exec(facts.name);
    return { ...facts, name, remark, runs: await load(bytesOf(facts.wasm)) };
  }),
);
const rows = new Float32Array(bytesOf(data.rows).buffer);
const inputs = networks[0].runs.about.input.size;
const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

function byId(id) {
  return document.getElementById(id);
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function element(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
const count = (number) => number.toLocaleString("en");
// Never all or nothing, which no network is.
const percent = (share) => {
  if (share >= 0.9995) return "> 99.9 %";
  return share < 0.0005 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`;
};
const size = (bytes) => (bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
const className = (number) => {
  const name = data.names[data.classes[number]];
  return name ? `${data.classes[number]}, ${name}` : data.classes[number];
};

function time(microseconds) {
  if (microseconds >= 1000) return `${(microseconds / 1000).toFixed(1)} ms`;
  return `${microseconds.toFixed(microseconds < 10 ? 1 : 0)} µs`;
}

/** A probability a class, of what a network gives for a row. */
function probabilities({ runs, givesProbabilities }, row) {
  const scores = runs.predict(row);
  if (scores.length === 1) {
    const second = givesProbabilities ? scores[0] : 1 / (1 + Math.exp(-scores[0]));
    return [1 - second, second];
  }
  if (givesProbabilities) return [...scores];
  const highest = Math.max(...scores);
  const powers = [...scores].map((score) => Math.exp(score - highest));
  const sum = powers.reduce((total, power) => total + power);
  return powers.map((power) => power / sum);
}

// What the network says.

let spoken = 0;

/** Shows the answers to a row; with null, that there is none yet. */
function show(row, nothing) {
  const answers = networks.map((network) => (row ? probabilities(network, row) : []));
  const most = answers.map((shares) => shares.indexOf(Math.max(...shares)));
  const answer = byId("answer");
  answer.textContent = row ? data.classes[most[0]] : "–";
  answer.className = answer.textContent.length > 3 ? "long" : "";
  const name = row && data.names[data.classes[most[0]]];
  const sure = row ? `${percent(answers[0][most[0]])} sure` : nothing;
  byId("sure").textContent = name ? `${name}; ${sure}` : sure;
  bars(answers, most[0]);
  networks.forEach((network, i) => (network.says.textContent = row ? data.classes[most[i]] : "–"));
  clearTimeout(spoken);
  // Not each of the answers while a line is drawn.
  spoken = setTimeout(() => {
    byId("spoken").textContent = row ? `${className(most[0])}: ${sure}` : nothing;
  }, 700);
  return most[0];
}

function bars(answers, most) {
  let shown = data.classes.map((_, number) => number);
  if (shown.length > MOST_BARS) {
    shown.sort((one, other) => (answers[0][other] ?? 0) - (answers[0][one] ?? 0));
    shown = shown.slice(0, MOST_BARS);
  }
  const list = byId("bars");
  while (list.children.length < shown.length) {
    const item = element("li"), track = element("span", "", "track");
    track.setAttribute("aria-hidden", "true");
    for (let i = 0; i < networks.length; i++) {
      const bar = element("span", "", "bar");
      bar.append(element("i"));
      track.append(bar);
    }
    item.append(element("span"), track, element("span"));
    list.append(item);
  }
  shown.forEach((number, place) => {
    const item = list.children[place], [name, track, share] = item.children;
    item.className = number === most ? "most" : "";
    name.textContent = data.classes[number];
    share.textContent = answers[0].length ? percent(answers[0][number]) : "";
    answers.forEach((shares, i) => {
      track.children[i].firstChild.style.setProperty("--share", shares[number] ?? 0);
    });
  });
}

/** A canvas with as many pixels as the screen has there, and its context in CSS pixels. */
function fitted(canvas) {
  const { width, height } = canvas.getBoundingClientRect(), ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return { context, width, height };
}

/** Pixels of 0 to 1 in ink, as wide as they come. */
function drawImage(canvas, pixels, height, width) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  pixels.forEach((pixel, i) => (image.data[4 * i + 3] = Math.round(255 * pixel)));
  context.putImageData(image, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour("ink");
  context.fillRect(0, 0, width, height);
}

// Rows of the test set.

const rowAt = (number) => rows.subarray(number * inputs, (number + 1) * inputs);

/** Drawing, with a pen, a finger or the arrow keys. */
function drawingPad() {
  const pad = byId("pad");
  let strokes = [], ink = emptyInk(), test = null, due = false;
  const pen = { at: [UNITS / 2, UNITS / 2], down: false, shown: false };

  function paint() {
    const { context, width } = fitted(pad);
    if (test !== null) {
      const image = document.createElement("canvas");
      drawImage(image, rowAt(test).map((x) => (x * data.dividedBy) / 255), IMAGE_SIDE, IMAGE_SIDE);
      context.imageSmoothingEnabled = false;
      context.drawImage(image, 0, 0, width, width);
    }
    context.scale(width / UNITS, width / UNITS);
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = colour("ink");
    for (const stroke of strokes) {
      context.beginPath();
      context.moveTo(...stroke[0]);
      stroke.forEach((point) => context.lineTo(...point));
      context.stroke();
    }
    if (pen.shown) {
      context.beginPath();
      context.arc(...pen.at, PEN / 2, 0, 2 * Math.PI);
      context.lineWidth = PEN / 8;
      context.strokeStyle = colour("first");
      context.stroke();
    }
  }

  function update() {
    due = false;
    const empty = strokes.length === 0 && test === null;
    const image = imageOf(ink);
    const row = test === null ? Float32Array.from(image, (pixel) => pixel / data.dividedBy) : rowAt(test);
    paint();
    drawImage(byId("image"), row.map((x) => (x * data.dividedBy) / 255), IMAGE_SIDE, IMAGE_SIDE);
    byId("hint").hidden = !empty || pen.shown;
    byId("undo").disabled = strokes.length === 0;
    byId("clear").disabled = empty;
    byId("label").textContent = test === null ? "" : `From the test set, labelled ${className(data.labels[test])}`;
    show(empty ? null : row, "nothing drawn yet");
  }

  /** Once for all that happens between two frames. */
  function changed() {
    if (!due) requestAnimationFrame(update);
    due = true;
  }

  function begin(point) {
    if (test !== null) clear();
    strokes.push([point]);
    inkLine(ink, point, point);
    changed();
  }

  function extend(point) {
    const stroke = strokes.at(-1), last = stroke.at(-1);
    if (point[0] === last[0] && point[1] === last[1]) return;
    stroke.push(point);
    inkLine(ink, last, point);
    changed();
  }

  function clear() {
    strokes = [];
    ink = emptyInk();
    test = null;
    changed();
  }

  function undo() {
    strokes.pop();
    pen.down = false;
    ink = emptyInk();
    for (const stroke of strokes) {
      inkLine(ink, stroke[0], stroke[0]);
      stroke.slice(1).forEach((point, i) => inkLine(ink, stroke[i], point));
    }
    changed();
  }

  const within = (units) => Math.max(0, Math.min(UNITS, Math.round(units)));
  const pointOf = ({ clientX, clientY }) => {
    const { left, top, width } = pad.getBoundingClientRect();
    return [within(((clientX - left) / width) * UNITS), within(((clientY - top) / width) * UNITS)];
  };
  let drawn = null; // the pointer that draws

  pad.addEventListener("pointerdown", (event) => {
    if (drawn !== null || event.button !== 0) return;
    drawn = event.pointerId;
    pad.setPointerCapture(drawn);
    pen.down = pen.shown = false;
    begin(pointOf(event));
  });
  pad.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drawn) return;
    const between = event.getCoalescedEvents?.() ?? [];
    (between.length ? between : [event]).forEach((moved) => extend(pointOf(moved)));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    pad.addEventListener(end, (event) => {
      if (event.pointerId === drawn) drawn = null;
    });
  }

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  pad.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (event.altKey || event.metaKey || (event.ctrlKey && event.key !== "z")) return;
    if (arrow) {
      const step = event.shiftKey ? STEP / 4 : STEP;
      pen.at = pen.at.map((units, i) => within(units + arrow[i] * step));
      if (pen.down) extend(pen.at);
    } else if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) begin(pen.at);
    } else if (event.key === "Backspace" || event.key === "z") {
      undo();
    } else if (event.key === "Escape" || event.key === "Delete") {
      pen.down = false;
      clear();
    } else {
      return;
    }
    event.preventDefault();
    pen.shown = true;
    changed();
  });
  pad.addEventListener("blur", () => {
    pen.down = pen.shown = false;
    changed();
  });

  byId("undo").addEventListener("click", undo);
  byId("clear").addEventListener("click", clear);
  let latest = -1;
  byId("another").addEventListener("click", () => {
    clear();
    test = latest = (latest + 1) % data.labels.length;
  });
  pad.hidden = byId("drawing").hidden = byId("sees").hidden = false;
  pad.setAttribute("aria-label", "Draw a digit");
  return update;
}

/** Rows of the test set, one after another. */
function player() {
  const canvas = byId("sample"), seen = new Map();
  let current = 0, plays = false, swept = 1, since = 0;
  const [height, width] = data.imageShape ?? [];
  const low = rows.reduce((least, x) => Math.min(least, x), 0);
  const high = rows.reduce((most, x) => Math.max(most, x), low + 1e-9);

  function paint() {
    const row = rowAt(current);
    if (data.imageShape) {
      const image = document.createElement("canvas");
      drawImage(image, row.map((x) => (x - low) / (high - low)), height, width);
      const { context, width: wide, height: high_ } = fitted(canvas);
      context.imageSmoothingEnabled = false;
      const by = Math.min(wide / width, high_ / height);
      const [w, h] = [width * by, height * by];
      context.drawImage(image, (wide - w) / 2, (high_ - h) / 2, w, h);
      return;
    }
    const { context, width: wide, height: high_ } = fitted(canvas), margin = 28;
    // A beat that is shorter than the row has zeros behind it.
    const length = data.padded ? row.findLastIndex((x) => x !== 0) + 1 : row.length;
    const shown = Math.max(2, Math.ceil(length * swept));
    const point = (i) => [
      margin + (i / (row.length - 1)) * (wide - 2 * margin),
      high_ - margin - ((row[i] - low) / (high - low)) * (high_ - 2 * margin),
    ];
    context.strokeStyle = colour("line");
    context.beginPath();
    context.moveTo(margin, high_ - margin);
    context.lineTo(wide - margin, high_ - margin);
    context.stroke();
    context.lineWidth = 2.5;
    context.lineJoin = context.lineCap = "round";
    context.strokeStyle = colour("first");
    context.beginPath();
    for (let i = 0; i < Math.min(shown, row.length); i++) context.lineTo(...point(i));
    context.stroke();
    if (swept < 1) {
      context.beginPath();
      context.arc(...point(Math.min(shown, length) - 1), 5, 0, 2 * Math.PI);
      context.fillStyle = colour("first");
      context.fill();
    }
  }

  function answer() {
    const label = data.labels[current], said = show(rowAt(current), "");
    seen.set(current, said === label);
    const agreed = [...seen.values()].filter(Boolean).length;
    const verdict = said === label ? "the network agrees" : `the network says ${className(said)}`;
    byId("label").textContent =
      `Labelled ${className(label)}: ${verdict}. Agreed on ${agreed} of ${seen.size} so far.`;
  }

  function to(number, from = 1) {
    current = (number + data.labels.length) % data.labels.length;
    swept = from;
    byId("number").value = current + 1;
    byId("number").setAttribute("aria-valuetext", `${current + 1} of ${data.labels.length}`);
    canvas.setAttribute("aria-label", `Row ${current + 1} of ${data.labels.length} of the test set`);
    paint();
    if (swept === 1) answer();
    else byId("label").textContent = "";
  }

  function pause() {
    plays = false;
    byId("play").textContent = "Play";
  }

  function frame(now) {
    if (!plays) return;
    const sweeps = !data.imageShape && !still.matches;
    if (swept < 1) {
      swept = Math.min(1, (now - since) / SWEEP);
      paint();
      if (swept === 1) answer();
    } else if (now - since > (sweeps ? 2 : 1.5) * SWEEP) {
      since = now;
      to(current + 1, sweeps ? 0 : 1);
    }
    requestAnimationFrame(frame);
  }

  const goTo = (number) => {
    pause();
    to(number);
  };
  byId("play").addEventListener("click", () => {
    if (plays) return goTo(current);
    plays = true;
    byId("play").textContent = "Pause";
    since = performance.now() - 2 * SWEEP;
    requestAnimationFrame(frame);
  });
  byId("previous").addEventListener("click", () => goTo(current - 1));
  byId("next").addEventListener("click", () => goTo(current + 1));
  byId("number").addEventListener("input", (event) => goTo(event.target.value - 1));
  byId("number").max = data.labels.length;
  canvas.hidden = byId("playing").hidden = false;
  canvas.classList.toggle("square", Boolean(data.imageShape));
  to(0);
  return paint;
}

// How long an inference takes here.

function listNetworks() {
  for (const network of networks) {
    const { parameters, bytes, accuracy, name, remark } = network;
    const facts = [
      remark,
      parameters && `${count(parameters)} parameters`,
      size(bytes),
      accuracy !== null && `${percent(accuracy)} right`,
    ].filter(Boolean);
    const row = element("tr"), head = element("th", name);
    head.scope = "row";
    head.append(element("small", facts.join(" · ")));
    network.says = element("td", "–");
    network.took = element("td", "…");
    row.append(head, network.says, network.took);
    byId("networks").append(row);
  }
}

/** The median of windows of many calls, those of all networks in turns. */
async function measure() {
  byId("measure").disabled = true;
  const timed = (run, calls) => {
    const start = performance.now();
    for (let i = 0; i < calls; i++) run();
    return performance.now() - start;
  };
  const windows = networks.map(({ runs }) => {
    let calls = 64;
    // Browsers compile better what has run for a while.
    timed(runs.run, calls);
    while (timed(runs.run, calls) < WINDOW) calls *= 2;
    return { run: runs.run, calls, each: [] };
  });
  for (let i = 0; i < WINDOWS; i++) {
    for (const { run, calls, each } of windows) each.push((1000 * timed(run, calls)) / calls);
    await new Promise((resolve) => setTimeout(resolve));
  }
  const medians = windows.map(({ each }) => each.sort((a, b) => a - b)[WINDOWS >> 1]);
  networks.forEach(({ took }, i) => {
    const bar = element("span", "", "time");
    bar.style.setProperty("--share", medians[i] / Math.max(...medians));
    took.replaceChildren(time(medians[i]), element("br"), bar);
    took.dataset.microseconds = medians[i];
  });
  if (medians.length > 1) {
    const ratio = medians[1] / medians[0];
    const [more, by] = ratio >= 1 ? ["faster", ratio] : ["slower", 1 / ratio];
    byId("ratio").textContent = `${by.toFixed(by < 10 ? 1 : 0)} times ${more} than ${networks[1].name} in this browser`;
  }
  byId("measure").disabled = false;
}

const [first, second] = networks;
byId("title").textContent = data.title;
byId("lead").textContent =
  `${first.name}: ${count(first.parameters)} parameters, ${size(first.bytes)} of WebAssembly. ` +
  "It runs in this page; nothing leaves it.";
byId("notice").textContent = data.notice;
byId("notice").hidden = !data.notice;
byId("method").textContent =
  `Times are medians of ${WINDOWS} windows of at least ${WINDOW} ms, calls from JavaScript included` +
  (second ? ", of both networks in turns. " : ". ") +
  "“Right” is of the validation and test rows. " +
  `The WebAssembly was ${first.compared} when this page was made.`;
byId("source").textContent = `Rows: ${data.source}. Made by keras-tvscm.`;
if (second) {
  byId("key").append(...networks.map(({ name }) => element("span", name)));
  byId("key").hidden = false;
}
listNetworks();
const repaint = data.draws ? drawingPad() : player();
new ResizeObserver(repaint).observe(byId(data.draws ? "pad" : "sample"));
dark.addEventListener("change", repaint);
byId("measure").addEventListener("click", measure);
await measure();
