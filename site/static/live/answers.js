// What a notebook's kernel does for the drawing pad, done in the page: it paints what is drawn, prepares it, asks the
// networks, and counts how many of the kept digits each of them reads right.
"use strict";

const Answers = (() => {
  const { SIDE: PAD, PEN } = DrawingPad;
  const DOT = 2 * PEN; // pixels; ink that is shorter is no digit
  const FULL = 0.4; // the share of the pad that is ink; a digit as large as the pad has 0.12
  const PAUSE = 30; // milliseconds of reading kept digits, after which strokes come first

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

  // The classes that networks have given to kept digits, each asked once; of a digit also what the networks see of it.
  const answers = new WeakMap(), images = new WeakMap();

  function answerOf(network, digit) {
    if (!images.has(digit)) images.set(digit, prepare(digit.lines).centered.pixels);
    if (!answers.has(network)) answers.set(network, new WeakMap());
    const known = answers.get(network);
    if (!known.has(digit)) {
      const probabilities = network.run(images.get(digit)).at(-1).values;
      known.set(digit, probabilities.indexOf(Math.max(...probabilities)));
    }
    return known.get(digit);
  }

  // Lets networks read all kept digits, with pauses in which strokes are answered.
  async function readKept(networks) {
    let end = performance.now() + PAUSE;
    for (const digit of Kept.digits()) {
      for (const network of networks) answerOf(network, digit);
      if (performance.now() < end) continue;
      await new Promise((resolve) => setTimeout(resolve));
      end = performance.now() + PAUSE;
    }
  }

  // How many of the kept digits each network reads right, in a sentence.
  function tally(networks) {
    const kept = Kept.digits(), digits = kept.length === 1 ? "1 digit" : `${kept.length} digits`;
    if (!kept.length) return "";
    const gone = Kept.areStored() ? "" : " This browser stores nothing: they are gone when you leave the page.";
    if (!networks.length) return `${digits} kept.${gone}`;
    const parts = networks.map((network) => {
      const right = kept.filter((digit) => answerOf(network, digit) === digit.label).length;
      return `${network.title} ${right} of ${kept.length} (${interval(right, kept.length)})`;
    });
    const areFew = kept.length < 100;
    const hint = areFew ? " So few digits say little: of many more, a share may be anywhere in its range." : "";
    return `Read right of your ${digits}: ${parts.join(", ")}.${hint}${gone}`;
  }

  // Plays the part of a widget's model: the pad sets what is drawn, and finds the answers here. A network has a title
  // and a function `run` from an image to what its layers output, the answer last.
  function makeModel(networks, onAnswer) {
    const values = { lines: [], _names: networks.map(({ title }) => title), _asked: 0, _tally: "" };
    values._answer = { number: 0, remark: "", image: null, networks: [] };
    const listeners = {}, changed = new Set();
    const tell = (name) => (listeners[`change:${name}`] ?? []).forEach((listener) => listener());
    const get = (name) => (name === "kept" ? Kept.digits() : values[name]);
    let count = 0; // of the tallies that were begun: an older one is not shown

    function probabilitiesOf(layers) {
      const { values } = layers.at(-1);
      return values.every(Number.isFinite) ? Array.from(values) : "Its weights aren't numbers any more.";
    }

    function answer() {
      const { text, readable } = remark(paint(values.lines)), steps = readable ? prepare(values.lines) : null;
      const outputs = steps ? networks.map(({ run }) => run(steps.centered.pixels)) : [];
      values._answer = {
        number: values._asked,
        remark: text,
        image: steps && Array.from(steps.centered.pixels, (value) => Math.round(255 * value)),
        networks: outputs.map(probabilitiesOf),
      };
      tell("_answer");
      onAnswer(steps, outputs);
    }

    async function showTally() {
      const mine = ++count;
      await readKept(networks);
      if (mine !== count) return;
      values._tally = tally(networks);
      tell("_tally");
    }

    return {
      get,
      answer,
      showTally,
      set(name, value) {
        if (get(name) === value) return;
        if (name === "kept") Kept.change(value);
        else values[name] = value;
        changed.add(name);
      },
      save_changes() {
        const names = [...changed];
        changed.clear();
        names.forEach(tell);
        answer();
      },
      on: (name, listener) => (listeners[name] ??= []).push(listener),
      off(name, listener) {
        listeners[name] = (listeners[name] ?? []).filter((other) => other !== listener);
      },
    };
  }

  // Shows a pad with these networks, and on it what was drawn before. Returns functions: `end` ends it, `answer` lets the
  // networks read the drawing anew.
  function showPad(place, networks, lines, onAnswer) {
    const model = makeModel(networks, (...answer) => onAnswer(model.get("lines"), ...answer));
    place.replaceChildren();
    const endPad = DrawingPad.render({ model, el: place });
    Kept.listeners.add(model.showTally);
    model.showTally();
    if (lines.length) {
      model.set("lines", lines);
      model.set("_asked", 1);
      model.save_changes();
    }
    function end() {
      Kept.listeners.delete(model.showTally);
      endPad();
    }
    return { end, answer: model.answer };
  }

  return { showPad, paint, prepare, remark };
})();
