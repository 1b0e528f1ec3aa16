// The page's side of training: the settings, the curves, the weights, ten digits, and a pad for the network.
"use strict";

(() => {
  const { element, section, showGrid } = Page;
  const RATES = [0.0001, 0.001, 0.002, 0.01, 0.05, 0.2, 1, 10], BATCHES = [16, 32, 128, 512];
  const { NETWORKS, bestOf, build, forward } = Training();
  const TITLES = { one_layer: "one dense layer", convolutional: "a small convolutional network" };
  const OPTIMIZERS = { sgd: "SGD", adam: "Adam" };
  const WATCHED = 10; // digits whose answers are shown
  const GUESSING = Math.log(10); // the loss of a network that gives each digit the same probability
  const TEXTS = {
    fetching: "The digits are on their way.",
    missing: "The digits can't be fetched, or this browser can't unpack them. Press Train to try again, or take " +
      "another browser.",
    later: "This appears when you press Train.",
    busy: "Stop first: another network begins with new weights.",
    untrained: "Untrained: its weights are random. Press Train.",
    exploded: "The loss has exploded: the weights aren't numbers any more, since each step landed further from the valley " +
      "than it began. Nothing is broken. Start anew with a smaller learning rate.",
    diverging: "The loss is larger than that of guessing. If it stays so, the learning rate is too high.",
    stuck: "The loss is about as large as that of guessing: the steps are too large. Start anew with a smaller learning rate.",
    slow: "The loss hardly falls. The steps are tiny: start anew with a larger learning rate, or be patient.",
    broken: "Training has broken off. Start anew.",
  };

  function choice(label, options, chosen) {
    const box = element("label", "", `${label} `), select = element("select");
    for (const [value, text] of options) select.append(new Option(text, value, value === chosen, value === chosen));
    box.append(select);
    return { box, select };
  }

  function start(place) {
    const kinds = choice("Network", Object.entries(TITLES), "one_layer");
    const rates = choice("Learning rate", RATES.map((rate) => [rate, String(rate)]), NETWORKS.one_layer.rate);
    const batches = choice("Batch size", BATCHES.map((size) => [size, String(size)]), NETWORKS.one_layer.batchSize);
    const optimizer = element("span"), go = element("button", "", "Train"), anew = element("button", "", "Start anew");
    const status = element("p", "live-notice"), form = element("div", "live-choices");
    const charts = element("div", "live-row"), weights = element("div"), answers = element("div");
    const pad = element("div", "live-pad");
    status.setAttribute("role", "status");
    form.append(kinds.box, optimizer, rates.box, batches.box, go, anew);
    place.replaceChildren(form, status, charts, section("The weights of the first layer", weights),
      section("Ten validation digits, and what it takes them for", answers),
      section("Draw for your own network", pad));
    let worker = null, data = null, loss = null, accuracy = null, figures = [], running = false, latest = null;
    let validated = 0;
    let own = null, shownPad = { end: () => {}, answer: () => {} }, lines = [];

    function settings() {
      const network = kinds.select.value, { optimizer } = NETWORKS[network];
      return { network, optimizer, rate: Number(rates.select.value), batchSize: Number(batches.select.value) };
    }

    function setRunning(value) {
      running = value;
      go.textContent = running ? "Stop" : latest?.steps ? "Go on" : "Train";
      kinds.select.disabled = running;
      kinds.select.title = running ? TEXTS.busy : "";
      status.setAttribute("aria-live", running ? "off" : "polite"); // it changes several times a second
    }

    // Shows what the worker reports.
    function show(report) {
      latest = report;
      const { epoch, training, validation, layers } = report;
      validated = validation?.accuracy ?? validated;
      loss.add("training", epoch, training?.loss);
      loss.add("validation", epoch, validation?.loss);
      accuracy.add("training", epoch, training?.accuracy);
      accuracy.add("validation", epoch, validation?.accuracy);
      showGrid(weights, layers[0].kind === "dense" ? Layers.templates(layers, null) : Layers.filters(layers[0]));
      report.answers.forEach(showAnswer);
      status.textContent = statusOf(report);
      layers.forEach(({ kernel, biases }, index) => Object.assign(own.layers[index], { kernel, biases }));
      if (report.stopped) setRunning(false);
      if (report.stopped || report.steps === 0) showPad();
      else shownPad.answer();
    }

    function showAnswer(probabilities, index) {
      const answer = bestOf(probabilities), isRight = answer === data.validation.labels[index];
      figures[index].className = isRight ? "live-right" : "live-wrong";
      figures[index].lastChild.textContent = `${isRight ? "✓" : "✗"} ${answer < 0 ? "–" : answer}`;
    }

    function statusOf({ epoch, steps, training }) {
      if (!training) return steps || running ? status.textContent : TEXTS.untrained;
      if (Number.isNaN(training.loss)) return TEXTS.exploded;
      const said = `Epoch ${epoch.toFixed(1)}, ${steps.toLocaleString("en")} steps: loss ${training.loss.toFixed(3)}, ` +
        `${(100 * training.accuracy).toFixed(1)} % right in the latest of them. ` +
        `Validation: ${(100 * validated).toFixed(1)} % right after epoch ${Math.floor(epoch)}.`;
      if (training.loss > 1.5 * GUESSING) return `${said} ${TEXTS.diverging}`;
      if (epoch <= 1 || training.loss <= 0.9 * GUESSING) return said;
      const { network, rate } = settings();
      return `${said} ${rate > NETWORKS[network].rate ? TEXTS.stuck : TEXTS.slow}`;
    }

    // A pad whose only network is the one that is trained here. After a stop it's a new network to the pad, which counts
    // anew how many of the kept digits it reads right.
    function showPad() {
      shownPad.end();
      const network = { title: "your network", run: (image) => [{ values: forward(own, image).slice() }] };
      shownPad = Answers.showPad(pad, [network], lines, (drawn) => (lines = drawn));
    }

    function begin() {
      worker?.terminate();
      latest = null;
      setRunning(false);
      anew.disabled = !data;
      status.textContent = TEXTS.untrained;
      optimizer.textContent = `Optimizer: ${OPTIMIZERS[NETWORKS[kinds.select.value].optimizer]}`;
      loss = Chart.make("loss", (values) => Math.max(GUESSING, ...values.map((value) => Math.min(value, 2 * GUESSING))));
      accuracy = Chart.make("accuracy", 1);
      charts.replaceChildren(loss.box, accuracy.box);
      if (!data) {
        for (const box of [weights, answers, pad]) box.replaceChildren(element("p", "live-empty", TEXTS.later));
        return;
      }
      own = build(kinds.select.value, 1);
      const watched = Array.from({ length: WATCHED }, (_, index) => PracticeDigits.imageOf(data.validation, index));
      figures = watched.map((image, index) => {
        return Layers.digit(image, "", `validation digit ${index}, a ${data.validation.labels[index]}`);
      });
      showGrid(answers, figures);
      worker = TrainingWorker.start();
      worker.onmessage = ({ data: report }) => show(report);
      worker.onerror = () => {
        worker.terminate();
        setRunning(false);
        status.textContent = TEXTS.broken;
      };
      worker.postMessage({ task: "begin", ...data, watched, settings: settings() });
    }

    async function train() {
      if (running) return worker.postMessage({ task: "stop" });
      if (!data) {
        status.textContent = TEXTS.fetching;
        go.disabled = true;
        try {
          data = await PracticeDigits.fetch();
          begin();
        } catch {
          data = null;
          status.textContent = TEXTS.missing;
          return;
        } finally {
          go.disabled = false;
        }
      }
      setRunning(true);
      worker.postMessage({ task: "go on", settings: settings() });
    }

    go.onclick = train;
    anew.onclick = begin;
    kinds.select.onchange = () => {
      rates.select.value = String(NETWORKS[kinds.select.value].rate);
      begin();
    };
    for (const { select } of [rates, batches]) select.onchange = () => worker?.postMessage({ settings: settings() });
    begin();
  }

  document.querySelectorAll(".live-training").forEach(start);
})();
