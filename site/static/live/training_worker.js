// Trains beside the page, so that the page stays alive: a worker, which trains on batch after batch and tells the page
// about it until it is told to stop. A page that is opened from a folder may load no worker from a file, so the text of
// these functions becomes its program.
"use strict";

const TrainingWorker = (() => {
  function work() {
    const { build, forward, trainBatch, evaluate, shuffled } = Training();
    const SEED = 1, REPORT = 150; // milliseconds between two reports
    const BEGINNING = 256; // the steps in which most happens: reports after 1, 2, 4, 8 … of them, with pauses to watch
    let network, digits, validation, watched, settings, running = false;
    let order, position, epoch, sums = { loss: 0, right: 0, count: 0 };

    function beginEpoch(number) {
      epoch = number;
      position = 0;
      order = shuffled(digits.labels.length, network.random);
    }

    // What the page shows: the weights, the answers to the watched digits, and the means since the last report.
    function report(more = {}) {
      const layers = network.layers.map(({ kernel, biases, shape, kind, size }) => (
        { kernel: kernel.slice(), biases: biases.slice(), shape, kind, size }
      ));
      const answers = watched.map((image) => Array.from(forward(network, image)));
      const training = sums.count ? { loss: sums.loss / sums.count, accuracy: sums.right / sums.count } : null;
      postMessage({ layers, answers, epoch: epoch + position / order.length, steps: network.steps, training, ...more });
      sums = { loss: 0, right: 0, count: 0 };
    }

    function train() {
      const end = performance.now() + REPORT, isBeginning = network.steps < BEGINNING;
      const last = isBeginning ? Math.max(1, 2 * network.steps) : Infinity;
      while (running && performance.now() < end && network.steps < last) {
        const batch = order.subarray(position, position + settings.batchSize);
        const { loss, right } = trainBatch(network, digits, batch, settings.optimizer, settings.rate);
        sums = { loss: sums.loss + loss, right: sums.right + right, count: sums.count + batch.length };
        position += batch.length;
        if (!Number.isFinite(loss)) running = false; // it has exploded, and never comes back
        if (position < order.length) continue;
        beginEpoch(epoch + 1);
        report({ validation: evaluate(network, validation) });
      }
      if (!running) return report({ stopped: true });
      report();
      setTimeout(train, isBeginning ? REPORT : 0); // meanwhile a message that says stop is heard
    }

    onmessage = ({ data }) => {
      if (data.digits) ({ digits, validation, watched } = data);
      if (data.settings) settings = data.settings;
      if (data.task === "begin") {
        network = build(settings.network, SEED);
        beginEpoch(0);
        report({ validation: evaluate(network, validation) });
      }
      if (data.task === "stop") running = false;
      else if (!running && data.task === "go on") {
        running = true;
        train();
      }
    };
  }

  const program = `"use strict";${Training}\n(${work})();`;
  const address = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  return { start: () => new Worker(address) };
})();
