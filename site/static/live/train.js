// The page's side of training: the settings, the worker, the curves, the weights, ten digits, and a pad for the result.
"use strict";

(() => {
  const { element, section, fetchScript } = Page;
  const RATES = [0.0001, 0.001, 0.002, 0.01, 0.05, 0.2, 1, 10], BATCHES = [16, 32, 128, 512];
  const KINDS = {
    one_layer: { title: "one dense layer", optimizer: "sgd", optimizerName: "SGD", rate: 0.2 },
    convolutional: { title: "a small convolutional network", optimizer: "adam", optimizerName: "Adam", rate: 0.002 },
  };
  const GUESSING = Math.log(10); // the loss of a network that gives each digit the same probability
  const TEXTS = {
    fetching: "The digits are on their way.",
    exploded: "The loss has exploded: at this learning rate each step lands further from the valley than it began. " +
      "Nothing is broken. Start anew with a smaller rate.",
    diverging: "The loss is larger than that of guessing. If it stays so, the learning rate is too high.",
    slow: "The loss hardly falls: at this learning rate the steps are tiny. Start anew with a larger one, or be patient.",
  };

  function choice(label, options, chosen) {
    const box = element("label", "", `${label} `), select = element("select");
    for (const [value, text] of options) select.append(new Option(text, value, value === chosen, value === chosen));
    box.append(select);
    return { box, select };
  }

  // The practice digits: gray in 8 steps, two pixels a byte, compressed; after them, the labels.
  async function fetchDigits() {
    if (!globalThis.practiceDigits) await fetchScript("digits.js");
    const { count, validation, data } = globalThis.practiceDigits;
    const packed = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer()), half = (count * 784) / 2;
    const images = new Float32Array(count * 784);
    for (let index = 0; index < half; index++) {
      images[2 * index] = (bytes[index] >> 4) / 7;
      images[2 * index + 1] = (bytes[index] & 15) / 7;
    }
    const labels = bytes.slice(half), train = count - validation;
    return {
      digits: { images: images.slice(0, train * 784), labels: labels.slice(0, train) },
      validation: { images: images.slice(train * 784), labels: labels.slice(train) },
    };
  }

  // A curve of training and one of validation over the epochs.
  function chart(title, top) {
    const box = element("figure", "live-chart");
    const lines = { training: [], validation: [] };

    function draw() {
      const values = [...lines.training, ...lines.validation].map(([, value]) => value).filter(Number.isFinite);
      const end = Math.max(1, ...Object.values(lines).flat().map(([epoch]) => epoch));
      const high = top ?? Math.max(GUESSING, ...values.map((value) => Math.min(value, 2 * GUESSING)));
      const place = ([epoch, value]) => `${30 + (260 * epoch) / end},${10 + 120 * (1 - Math.min(value, high) / high)}`;
      const paths = Object.entries(lines).map(([name, points]) => {
        const drawn = points.filter(([, value]) => Number.isFinite(value));
        const dots = drawn.map((point) => {
          const [x, y] = place(point).split(",");
          return name === "validation" && drawn.length < 20 ? `<circle cx="${x}" cy="${y}" r="3.5"/>` : "";
        });
        return `<g class="live-${name}"><polyline points="${drawn.map(place).join(" ")}"/>${dots.join("")}</g>`;
      });
      const latest = (name) => lines[name].at(-1)?.[1]?.toFixed(3) ?? "none yet";
      box.innerHTML = `<svg viewBox="0 0 300 155" role="img"
          aria-label="${title}: training ${latest("training")}, validation ${latest("validation")}">
        <rect x="30" y="10" width="260" height="120"/>
        <text x="26" y="16" text-anchor="end">${high.toFixed(1)}</text><text x="26" y="130" text-anchor="end">0</text>
        <text x="290" y="147" text-anchor="end">epoch ${end.toFixed(1)}</text>${paths.join("")}
      </svg><figcaption>${title}</figcaption>`;
    }

    draw();
    return {
      box,
      add(epoch, training, validation) {
        if (training !== undefined) lines.training.push([epoch, training]);
        if (validation !== undefined) lines.validation.push([epoch, validation]);
        draw();
      },
    };
  }

  function startWorker() {
    const program = `"use strict";${Training}\n(${trainingWorker})();`;
    return new Worker(URL.createObjectURL(new Blob([program], { type: "text/javascript" })));
  }

  function start(place) {
    const kinds = choice("Network", Object.entries(KINDS).map(([name, { title }]) => [name, title]), "one_layer");
    const rates = choice("Learning rate", RATES.map((rate) => [rate, String(rate)]), 0.2);
    const batches = choice("Batch size", BATCHES.map((size) => [size, String(size)]), 32);
    const optimizer = element("span"), go = element("button", "", "Train"), anew = element("button", "", "Start anew");
    const status = element("p", "live-notice"), form = element("div", "live-choices");
    const charts = element("div", "live-row"), weights = element("div", "live-row"), answers = element("div", "live-row");
    const pad = element("div", "live-pad");
    status.setAttribute("role", "status");
    form.append(kinds.box, optimizer, rates.box, batches.box, go, anew);
    place.replaceChildren(form, status, charts, section("The weights of the first layer", weights),
      section("Ten validation digits, and what it takes them for", answers),
      section("Draw on your own network", pad));
    let worker = null, data = null, curves = [], running = false, latest = null, endPad = () => {}, lines = [];

    function settings() {
      const network = kinds.select.value, { optimizer } = KINDS[network];
      return { network, optimizer, rate: Number(rates.select.value), batchSize: Number(batches.select.value), seed: 1 };
    }

    function setRunning(value) {
      running = value;
      go.textContent = running ? "Stop" : latest ? "Go on" : "Train";
      kinds.select.disabled = running;
    }

    function show(report) {
      latest = report;
      const { epoch, training, validation, layers } = report;
      curves[0].add(epoch, training?.loss, validation?.loss);
      curves[1].add(epoch, training?.accuracy, validation?.accuracy);
      weights.replaceChildren(...(layers[0].kind === "dense" ? Layers.templates(layers, null) : Layers.filters(layers[0])));
      answers.replaceChildren(...report.answers.map((probabilities, index) => {
        const answer = probabilities.indexOf(Math.max(...probabilities)), label = data.validation.labels[index];
        const right = answer === label, caption = `${right ? "✓" : "✗"} ${answer < 0 ? "–" : answer}`;
        const made = Layers.digit(data.validation.images.subarray(index * 784, (index + 1) * 784), caption);
        made.className = right ? "live-right" : "live-wrong";
        return made;
      }));
      status.textContent = said(report);
      if (report.stopped) setRunning(false);
      if (report.stopped || report.steps === 0) offerPad();
    }

    function said({ epoch, steps, training, layers }) {
      if (!Number.isFinite(layers.at(-1).kernel[0])) return TEXTS.exploded;
      if (!training) return steps ? status.textContent : "Untrained: its weights are random. Press Train.";
      const figures = `Epoch ${epoch.toFixed(1)}, ${steps.toLocaleString("en")} steps: loss ${training.loss.toFixed(3)}, ` +
        `${(100 * training.accuracy).toFixed(1)} % of the training digits right.`;
      if (training.loss > 1.5 * GUESSING) return `${figures} ${TEXTS.diverging}`;
      return epoch > 1 && training.loss > 0.9 * GUESSING ? `${figures} ${TEXTS.slow}` : figures;
    }

    // A pad whose only network is the one that was trained here.
    function offerPad() {
      endPad();
      const { build, forward } = Training(), network = build(settings().network, 1);
      latest.layers.forEach(({ kernel, biases }, index) => Object.assign(network.layers[index], { kernel, biases }));
      const own = { title: "your network", run: (image) => [{ values: forward(network, image).slice() }] };
      endPad = Answers.showPad(pad, [own], lines, (drawn) => (lines = drawn));
    }

    function begin() {
      worker?.terminate();
      setRunning(false);
      latest = null;
      optimizer.textContent = `Optimizer: ${KINDS[kinds.select.value].optimizerName}`;
      curves = [chart("loss"), chart("accuracy", 1)];
      charts.replaceChildren(...curves.map(({ box }) => box));
      if (!data) return;
      worker = startWorker();
      worker.onmessage = ({ data: report }) => show(report);
      const watched = Array.from({ length: 10 }, (_, index) => data.validation.images.slice(index * 784, (index + 1) * 784));
      worker.postMessage({ task: "begin", ...data, watched, settings: settings() });
    }

    async function train() {
      if (running) return worker.postMessage({ task: "stop" });
      if (!data) {
        status.textContent = TEXTS.fetching;
        go.disabled = true;
        try {
          data = await fetchDigits();
        } catch {
          status.textContent = "The digits can't be fetched, or this browser can't unpack them. Reload the page, or try another one.";
          return;
        } finally {
          go.disabled = false;
        }
        begin();
      }
      setRunning(true);
      worker.postMessage({ task: "go on", settings: settings() });
    }

    go.onclick = train;
    anew.onclick = begin;
    kinds.select.onchange = () => {
      rates.select.value = String(KINDS[kinds.select.value].rate);
      begin();
    };
    for (const { select } of [rates, batches]) select.onchange = () => worker?.postMessage({ settings: settings() });
    begin();
  }

  document.querySelectorAll(".live-training").forEach(start);
})();
