// What a notebook's kernel does for the drawing pad, done in the page: it paints what is drawn, prepares it, asks the
// networks, counts which of them are right on the digits that were kept, and keeps those in this browser.
"use strict";

const Answers = (() => {
  const { SIDE: PAD, PEN } = DrawingPad;
  const DOT = 2 * PEN; // pixels; ink that is shorter is no digit
  const FULL = 0.4; // the share of the pad that is ink; a digit as large as the pad has 0.12
  const STORE = "digits kept on the drawing pad";

  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = PAD;
  const brush = canvas.getContext("2d", { willReadFrequently: true });

  // White lines on black, each a list of points [x, y] from 0 to 1, as a picture of 280×280 numbers from 0 to 1.
  function paint(lines, pen = PEN) {
    brush.fillStyle = "black";
    brush.fillRect(0, 0, PAD, PAD);
    DrawingPad.trace(brush, lines, pen);
    const colors = brush.getImageData(0, 0, PAD, PAD).data;
    const pixels = new Float32Array(PAD * PAD);
    for (let index = 0; index < pixels.length; index++) pixels[index] = colors[4 * index] / 255;
    return { pixels, rows: PAD, columns: PAD };
  }

  // The drawing as a network sees it, and the steps there; null where nothing is drawn. Where the digit is so large that
  // its strokes would come out thin, it is painted once more with a thicker pen, on a pad that is small enough for it.
  function prepare(lines) {
    const picture = paint(lines), box = Preparation.inkBox(picture);
    if (!box) return null;
    const pen = Preparation.penFor(Math.max(box.rows, box.columns), PEN);
    if (pen === PEN) return Preparation.steps(picture);
    const inner = 0.8; // so that a thicker line at the edge isn't cut off
    const smaller = lines.map((points) => points.map((point) => point.map((place) => 0.5 + inner * (place - 0.5))));
    return Preparation.steps(paint(smaller, inner * pen));
  }

  // What is odd about a drawing, in a sentence, and whether it makes sense to ask a network.
  function remark({ pixels }) {
    const runs = []; // of columns with ink, each with the rows that its ink reaches over
    let inked = 0;
    for (let column = 0, last = -2; column < PAD; column++) {
      let top = PAD, bottom = -1;
      for (let row = 0; row < PAD; row++) {
        if (pixels[row * PAD + column] <= 0.5) continue;
        inked++;
        top = Math.min(top, row);
        bottom = Math.max(bottom, row);
      }
      if (bottom < 0) continue;
      if (column > last + 1) runs.push({ first: column, top, bottom });
      const run = runs.at(-1);
      Object.assign(run, { end: column + 1, top: Math.min(run.top, top), bottom: Math.max(run.bottom, bottom) });
      last = column;
    }
    if (!runs.length) return { text: "", readable: false };
    const height = Math.max(...runs.map((run) => run.bottom)) - Math.min(...runs.map((run) => run.top)) + 1;
    if (Math.max(height, runs.at(-1).end - runs[0].first) < DOT) {
      return { text: "That is only a dot. Draw a digit from 0 to 9.", readable: false };
    }
    if (inked > FULL * PAD * PAD) {
      return { text: "The pad is nearly full of ink. Clear it and draw one digit with a few strokes.", readable: true };
    }
    const tallest = Math.max(...runs.map((run) => run.bottom - run.top + 1));
    const tall = runs.filter((run) => run.bottom - run.top + 1 > 0.7 * tallest);
    const areTwo = tall.some((run, index) => index > 0 && run.first - tall[index - 1].end > 0.1 * tallest);
    const two = "These look like two digits, and the networks take them for one. Clear the pad and draw one at a time.";
    return { text: areTwo ? two : "", readable: true };
  }

  // The 95 % interval of a share, by Wilson's formula, in whole percents.
  function interval(right, count) {
    const z = 1.959964, share = right / count, middle = share + z ** 2 / (2 * count);
    const spread = z * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
    const [low, high] = [-1, 1].map((sign) => (middle + sign * spread) / (1 + z ** 2 / count));
    return `${Math.round(100 * Math.max(0, low))}–${Math.round(100 * Math.min(1, high))} %`;
  }

  function bestOf(probabilities) {
    return probabilities.indexOf(Math.max(...probabilities));
  }

  function told(kept, networks) {
    if (!kept.length) return "";
    const digits = kept.length === 1 ? "1 digit" : `${kept.length} digits`;
    const images = kept.map(({ lines }) => prepare(lines).centered.pixels);
    const parts = networks.map(({ title, run }) => {
      const right = images.filter((image, index) => bestOf(run(image).at(-1).values) === kept[index].label).length;
      return `${title} ${right} of ${kept.length} (${interval(right, kept.length)})`;
    });
    const hint = kept.length < 100 ? " So few digits say little: of many more, a share may be anywhere in its range." : "";
    return `Read right of your ${digits}: ${parts.join(", ")}.${hint}`;
  }

  // What was kept earlier; nothing where the browser forbids to keep anything, or where something else stands there.
  function stored() {
    try {
      const kept = JSON.parse(localStorage.getItem(STORE)) ?? [];
      return kept.filter(({ label, lines }) => Number.isInteger(label) && prepare(lines));
    } catch {
      return [];
    }
  }

  function store(kept) {
    try {
      localStorage.setItem(STORE, JSON.stringify(kept));
    } catch {
      // The pad works without.
    }
  }

  // Plays the part of a widget's model: the pad sets what is drawn, and finds the answers here. A network has a title and
  // a function `run` from an image to what its layers output, the answer last.
  function model(networks, onAnswer) {
    const values = { lines: [], kept: stored(), _names: networks.map(({ title }) => title), _asked: 0 };
    Object.assign(values, { _answer: { number: 0, remark: "", image: null, networks: [] } });
    values._tally = told(values.kept, networks);
    const listeners = {}, changed = new Set();
    const tell = (name) => (listeners[`change:${name}`] ?? []).forEach((listener) => listener());

    function answer() {
      const { text, readable } = remark(paint(values.lines)), steps = readable ? prepare(values.lines) : null;
      const answers = steps ? networks.map(({ run }) => run(steps.centered.pixels)) : [];
      values._answer = {
        number: values._asked,
        remark: text,
        image: steps && Array.from(steps.centered.pixels, (value) => Math.round(255 * value)),
        networks: answers.map((layers) => Array.from(layers.at(-1).values)),
      };
      tell("_answer");
      onAnswer(steps, answers);
    }

    return {
      get: (name) => values[name],
      set(name, value) {
        values[name] = value;
        changed.add(name);
      },
      save_changes() {
        const names = [...changed];
        changed.clear();
        names.forEach(tell);
        if (names.includes("kept")) {
          store(values.kept);
          values._tally = told(values.kept, networks);
          tell("_tally");
        }
        answer();
      },
      on: (name, listener) => (listeners[name] ??= []).push(listener),
      off(name, listener) {
        listeners[name] = (listeners[name] ?? []).filter((other) => other !== listener);
      },
    };
  }

  // Shows a pad with these networks, and on it what was drawn before; returns a function that ends it.
  function showPad(place, networks, lines, onAnswer) {
    const own = model(networks, (...answer) => onAnswer(own.get("lines"), ...answer));
    place.replaceChildren();
    const end = DrawingPad.render({ model: own, el: place });
    if (lines.length) {
      own.set("lines", lines);
      own.set("_asked", 1);
      own.save_changes();
    }
    return end;
  }

  return { showPad, paint, prepare, remark };
})();
