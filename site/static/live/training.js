// Trains a small network: the forward pass, the backward pass and the step of notebook 03, written out as loops. All of
// it stands in one function, since its text becomes the program of a worker, which trains beside the page.
"use strict";

function Training() {
  const IMAGE = 28 * 28;
  const NETWORKS = {
    one_layer: [{ kind: "dense", neurons: 10, activation: "softmax" }],
    convolutional: [
      { kind: "convolution", size: 5, stride: 2, filters: 8, activation: "relu" },
      { kind: "convolution", size: 3, stride: 2, filters: 16, activation: "relu" },
      { kind: "dense", neurons: 10, activation: "softmax" },
    ],
  };

  // Random numbers from 0 to 1 that are the same for the same seed (mulberry32).
  function randomNumbers(seed) {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let bits = Math.imul(state ^ (state >>> 15), 1 | state);
      bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
      return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  // Layers with random first weights, and with places for what training computes.
  function build(name, seed) {
    const random = randomNumbers(seed);
    let shape = [28, 28, 1];
    const layers = NETWORKS[name].map((plan) => {
      const layer = plan.kind === "dense" ? planDense(plan, shape) : planConvolution(plan, shape);
      const [inputs, outputs] = layer.shape, limit = Math.sqrt(6 / (layer.fanIn + layer.fanOut)); // Glorot and Bengio's
      layer.kernel = Float32Array.from({ length: inputs * outputs }, () => (2 * random() - 1) * limit);
      layer.biases = new Float32Array(outputs);
      layer.slopes = { kernel: new Float32Array(inputs * outputs), biases: new Float32Array(outputs) };
      layer.means = { kernel: new Float32Array(inputs * outputs), biases: new Float32Array(outputs) };
      layer.squares = { kernel: new Float32Array(inputs * outputs), biases: new Float32Array(outputs) };
      layer.y = new Float32Array(layer.places * outputs);
      layer.slopesOfY = new Float32Array(layer.places * outputs);
      shape = layer.output;
      return layer;
    });
    return { layers, steps: 0, random };
  }

  function planDense(plan, shape) {
    const inputs = shape.reduce((product, length) => product * length, 1);
    const sizes = { fanIn: inputs, fanOut: plan.neurons, places: 1, output: [plan.neurons] };
    return { ...plan, ...sizes, shape: [inputs, plan.neurons] };
  }

  // A convolution is a dense layer that looks at a patch of the image at each of its places. `sources` lists, for each
  // place, which numbers of the input its patch holds; −1 stands for the zeros around the image.
  function planConvolution(plan, [rows, columns, channels]) {
    const { size, stride, filters } = plan, inputs = size * size * channels;
    const outRows = Math.ceil(rows / stride), outColumns = Math.ceil(columns / stride), places = outRows * outColumns;
    const border = Math.max((outRows - 1) * stride + size - rows, 0) >> 1;
    const sources = new Int32Array(places * inputs).fill(-1);
    for (let place = 0; place < places; place++) {
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          const row = Math.floor(place / outColumns) * stride + i - border;
          const column = (place % outColumns) * stride + j - border;
          if (row < 0 || column < 0 || row >= rows || column >= columns) continue;
          for (let channel = 0; channel < channels; channel++) {
            sources[place * inputs + (i * size + j) * channels + channel] = (row * columns + column) * channels + channel;
          }
        }
      }
    }
    const sizes = { fanIn: inputs, fanOut: size * size * filters, places, output: [outRows, outColumns, filters] };
    return { ...plan, ...sizes, shape: [inputs, filters], sources, patches: new Float32Array(places * inputs) };
  }

  // The forward pass: each layer's weighted sums and its activation. Returns ten probabilities.
  function forward(network, image) {
    let x = image;
    for (const layer of network.layers) {
      if (layer.sources) {
        layer.sources.forEach((source, index) => {
          layer.patches[index] = source < 0 ? 0 : x[source];
        });
      }
      layer.x = layer.sources ? layer.patches : x;
      weightedSums(layer);
      activate(layer);
      x = layer.y;
    }
    return x;
  }

  function weightedSums({ x, y, kernel, biases, places, shape: [inputs, outputs] }) {
    for (let place = 0; place < places; place++) {
      y.set(biases, place * outputs);
      for (let input = 0; input < inputs; input++) {
        const value = x[place * inputs + input];
        if (value === 0) continue;
        for (let output = 0; output < outputs; output++) {
          y[place * outputs + output] += value * kernel[input * outputs + output];
        }
      }
    }
  }

  function activate({ y, activation }) {
    if (activation === "relu") {
      for (let index = 0; index < y.length; index++) if (y[index] < 0) y[index] = 0;
      return;
    }
    let largest = -Infinity, sum = 0;
    for (const logit of y) largest = Math.max(largest, logit);
    for (let index = 0; index < y.length; index++) sum += y[index] = Math.exp(y[index] - largest);
    for (let index = 0; index < y.length; index++) y[index] /= sum;
  }

  // The backward pass for one image: adds the slopes of its loss to those of the batch.
  function backward(network, label) {
    const last = network.layers.at(-1);
    last.slopesOfY.set(last.y); // by the logits, cross-entropy's slope is probability minus label
    last.slopesOfY[label] -= 1;
    for (let number = network.layers.length - 1; number >= 0; number--) {
      const layer = network.layers[number], before = network.layers[number - 1]?.slopesOfY;
      if (layer.activation === "relu") {
        layer.slopesOfY.forEach((slope, index) => {
          if (layer.y[index] <= 0) layer.slopesOfY[index] = 0;
        });
      }
      before?.fill(0);
      backThrough(layer, before);
    }
  }

  // A weight's slope is its input times its neuron's slope; an input's slope is the sum over all neurons that it reaches.
  function backThrough({ x, kernel, slopes, slopesOfY, places, sources, shape: [inputs, outputs] }, before) {
    for (let place = 0; place < places; place++) {
      const own = slopesOfY.subarray(place * outputs, (place + 1) * outputs);
      if (own.every((slope) => slope === 0)) continue; // behind a ReLU that is off
      for (let output = 0; output < outputs; output++) slopes.biases[output] += own[output];
      for (let input = 0; input < inputs; input++) {
        const value = x[place * inputs + input], row = input * outputs;
        if (value !== 0) {
          for (let output = 0; output < outputs; output++) slopes.kernel[row + output] += value * own[output];
        }
        const source = sources ? sources[place * inputs + input] : input;
        if (!before || source < 0) continue;
        let sum = 0;
        for (let output = 0; output < outputs; output++) sum += kernel[row + output] * own[output];
        before[source] += sum;
      }
    }
  }

  // One step against the mean slope of a batch: by plain SGD, or by Adam, as Keras takes it.
  function step(network, optimizer, rate, count) {
    network.steps++;
    const correction = Math.sqrt(1 - 0.999 ** network.steps) / (1 - 0.9 ** network.steps);
    for (const layer of network.layers) {
      for (const name of ["kernel", "biases"]) {
        const values = layer[name], slopes = layer.slopes[name], means = layer.means[name], squares = layer.squares[name];
        for (let index = 0; index < values.length; index++) {
          const slope = slopes[index] / count;
          slopes[index] = 0;
          if (optimizer === "sgd") {
            values[index] -= rate * slope;
          } else {
            means[index] += 0.1 * (slope - means[index]);
            squares[index] += 0.001 * (slope * slope - squares[index]);
            values[index] -= (rate * correction * means[index]) / (Math.sqrt(squares[index]) + 1e-7);
          }
        }
      }
    }
  }

  const imageOf = (digits, index) => digits.images.subarray(index * IMAGE, (index + 1) * IMAGE);
  const bestOf = (probabilities) => probabilities.indexOf(Math.max(...probabilities));
  const lossOf = (probability) => -Math.log(Math.max(probability, 1e-7));

  // One batch: forward and backward for each of its images, then one step. Returns its loss and how many were right.
  function trainBatch(network, digits, batch, optimizer, rate) {
    let loss = 0, right = 0;
    for (const index of batch) {
      const label = digits.labels[index], probabilities = forward(network, imageOf(digits, index));
      loss += lossOf(probabilities[label]);
      right += bestOf(probabilities) === label;
      backward(network, label);
    }
    step(network, optimizer, rate, batch.length);
    return { loss, right };
  }

  function evaluate(network, digits) {
    let loss = 0, right = 0;
    digits.labels.forEach((label, index) => {
      const probabilities = forward(network, imageOf(digits, index));
      loss += lossOf(probabilities[label]);
      right += bestOf(probabilities) === label;
    });
    return { loss: loss / digits.labels.length, accuracy: right / digits.labels.length };
  }

  function shuffled(count, random) {
    const order = Int32Array.from({ length: count }, (_, index) => index);
    for (let index = count - 1; index > 0; index--) {
      const other = Math.floor(random() * (index + 1));
      [order[index], order[other]] = [order[other], order[index]];
    }
    return order;
  }

  return { build, forward, trainBatch, evaluate, shuffled };
}

// The worker: trains on batch after batch, and tells the page about it, until it is told to stop.
function trainingWorker() {
  const { build, forward, trainBatch, evaluate, shuffled } = Training();
  const REPORT = 150; // milliseconds between two reports
  const BEGINNING = 256; // steps, during which most happens: each report waits until there are twice as many, no longer
  let network, digits, validation, watched, settings, running = false;
  let order = [], position = 0, epoch = 0, sums = { loss: 0, right: 0, count: 0 };

  function report(more = {}) {
    const layers = network.layers.map(({ kernel, biases, shape, kind, size, stride, output, activation }) => (
      { kernel: kernel.slice(), biases: biases.slice(), shape, kind, size, stride, output, activation }
    ));
    const answers = watched.map((image) => Array.from(forward(network, image)));
    const share = sums.count ? { loss: sums.loss / sums.count, accuracy: sums.right / sums.count } : null;
    postMessage({ layers, answers, epoch: epoch + position / order.length, steps: network.steps, training: share, ...more });
    sums = { loss: 0, right: 0, count: 0 };
  }

  function work() {
    const end = performance.now() + REPORT, isBeginning = network.steps < BEGINNING;
    const last = isBeginning ? Math.max(1, 2 * network.steps) : Infinity;
    while (running && performance.now() < end && network.steps < last) {
      const batch = order.subarray(position, position + settings.batchSize);
      const { loss, right } = trainBatch(network, digits, batch, settings.optimizer, settings.rate);
      sums = { loss: sums.loss + loss, right: sums.right + right, count: sums.count + batch.length };
      position += batch.length;
      if (!Number.isFinite(network.layers.at(-1).kernel[0])) running = false;
      if (position < order.length) continue;
      [position, epoch, order] = [0, epoch + 1, shuffled(digits.labels.length, network.random)];
      report({ validation: evaluate(network, validation) });
    }
    if (!running) return report({ stopped: true });
    report();
    setTimeout(work, isBeginning ? REPORT : 0); // meanwhile a message that says stop is heard
  }

  onmessage = ({ data }) => {
    if (data.digits) ({ digits, validation, watched } = data);
    if (data.settings) settings = data.settings;
    if (data.task === "begin") {
      network = build(settings.network, settings.seed);
      [position, epoch, order] = [0, 0, shuffled(digits.labels.length, network.random)];
      report({ validation: evaluate(network, validation) });
    }
    if (data.task === "stop") running = false;
    else if (!running && data.task === "go on") {
      running = true;
      work();
    }
  };
}
