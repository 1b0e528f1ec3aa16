// Trains a small network: the forward pass, the backward pass and the step of notebook 03, written out as loops. All of
// it stands in one function, whose text becomes a part of the worker's program (training_worker.js).
"use strict";

function Training() {
  const IMAGE = 28 * 28;
  const NETWORKS = { // with the settings that training begins with
    one_layer: {
      optimizer: "sgd", rate: 0.2, batchSize: 32,
      layers: [{ kind: "dense", neurons: 10, activation: "softmax" }],
    },
    convolutional: {
      optimizer: "adam", rate: 0.002, batchSize: 32,
      layers: [
        { kind: "convolution", size: 5, stride: 2, filters: 8, activation: "relu" },
        { kind: "convolution", size: 3, stride: 2, filters: 16, activation: "relu" },
        { kind: "dense", neurons: 10, activation: "softmax" },
      ],
    },
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

  // Layers with random first weights, and with room for what training computes.
  function build(name, seed) {
    const random = randomNumbers(seed);
    let shape = [28, 28, 1];
    const layers = NETWORKS[name].layers.map((plan) => {
      const layer = plan.kind === "dense" ? planDense(plan, shape) : planConvolution(plan, shape);
      const [inputs, outputs] = layer.shape, limit = Math.sqrt(6 / (layer.fanIn + layer.fanOut)); // Glorot and Bengio's
      layer.kernel = Float32Array.from({ length: inputs * outputs }, () => (2 * random() - 1) * limit);
      layer.biases = new Float32Array(outputs);
      layer.slopes = { kernel: new Float32Array(inputs * outputs), biases: new Float32Array(outputs) };
      layer.means = { kernel: new Float32Array(inputs * outputs), biases: new Float32Array(outputs) };
      layer.squares = { kernel: new Float32Array(inputs * outputs), biases: new Float32Array(outputs) };
      layer.outputs = new Float32Array(layer.places * outputs);
      layer.slopesOfSums = new Float32Array(layer.places * outputs);
      shape = layer.outputShape;
      return layer;
    });
    return { layers, steps: 0, random };
  }

  function planDense(plan, shape) {
    const inputs = shape.reduce((product, length) => product * length, 1);
    const sizes = { fanIn: inputs, fanOut: plan.neurons, places: 1, outputShape: [plan.neurons] };
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
      for (let i = 0; i < size; i++) { // over the rows and the columns of its patch
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
    const sizes = { fanIn: inputs, fanOut: size * size * filters, places, outputShape: [outRows, outColumns, filters] };
    return { ...plan, ...sizes, shape: [inputs, filters], sources, patches: new Float32Array(places * inputs) };
  }

  // The forward pass: each layer's weighted sums and its activation. Returns ten probabilities.
  function forward(network, image) {
    let inputs = image;
    for (const layer of network.layers) {
      layer.inputs = layer.sources ? copyPatches(layer, inputs) : inputs;
      weightedSums(layer);
      activate(layer);
      inputs = layer.outputs;
    }
    return inputs;
  }

  function copyPatches({ sources, patches }, image) {
    sources.forEach((source, index) => {
      patches[index] = source < 0 ? 0 : image[source];
    });
    return patches;
  }

  // A sum for each neuron, or for each filter at each place: its bias, and all inputs times its weights.
  function weightedSums({ inputs, outputs, kernel, biases, places, shape: [inputCount, outputCount] }) {
    for (let place = 0; place < places; place++) {
      outputs.set(biases, place * outputCount);
      for (let input = 0; input < inputCount; input++) {
        const value = inputs[place * inputCount + input];
        if (value === 0) continue; // it adds nothing
        for (let output = 0; output < outputCount; output++) {
          outputs[place * outputCount + output] += value * kernel[input * outputCount + output];
        }
      }
    }
  }

  // ReLU, or softmax; the largest logit is subtracted first, so that no exponential is too large for a number.
  function activate({ outputs, activation }) {
    if (activation === "relu") {
      for (let index = 0; index < outputs.length; index++) if (outputs[index] < 0) outputs[index] = 0;
      return;
    }
    let largest = -Infinity, sum = 0;
    for (const logit of outputs) largest = Math.max(largest, logit);
    for (let index = 0; index < outputs.length; index++) {
      outputs[index] = Math.exp(outputs[index] - largest);
      sum += outputs[index];
    }
    for (let index = 0; index < outputs.length; index++) outputs[index] /= sum;
  }

  // The backward pass for one image, from the last layer to the first: adds the slopes of its loss to those of the batch.
  function backward(network, label) {
    const last = network.layers.at(-1);
    last.slopesOfSums.set(last.outputs); // for softmax and cross-entropy: probability minus label
    last.slopesOfSums[label] -= 1;
    for (let number = network.layers.length - 1; number >= 0; number--) {
      const layer = network.layers[number], slopesOfInputs = network.layers[number - 1]?.slopesOfSums;
      if (layer.activation === "relu") {
        layer.slopesOfSums.forEach((slope, index) => {
          if (layer.outputs[index] <= 0) layer.slopesOfSums[index] = 0;
        });
      }
      slopesOfInputs?.fill(0);
      backThrough(layer, slopesOfInputs);
    }
  }

  // A weight's slope is its input times its neuron's slope; an input's slope is the sum over all neurons that it reaches.
  function backThrough(layer, slopesOfInputs) {
    const { inputs, kernel, slopes, slopesOfSums, places, sources, shape: [inputCount, outputCount] } = layer;
    for (let place = 0; place < places; place++) {
      const own = slopesOfSums.subarray(place * outputCount, (place + 1) * outputCount);
      if (own.every((slope) => slope === 0)) continue; // behind a ReLU that is off
      for (let output = 0; output < outputCount; output++) slopes.biases[output] += own[output];
      for (let input = 0; input < inputCount; input++) {
        const value = inputs[place * inputCount + input], row = input * outputCount;
        if (value !== 0) {
          for (let output = 0; output < outputCount; output++) slopes.kernel[row + output] += value * own[output];
        }
        const source = sources ? sources[place * inputCount + input] : input;
        if (!slopesOfInputs || source < 0) continue;
        let sum = 0;
        for (let output = 0; output < outputCount; output++) sum += kernel[row + output] * own[output];
        slopesOfInputs[source] += sum;
      }
    }
  }

  // One step against the mean slope of a batch, by plain SGD or by Adam, with Keras's settings. Adam's means are its
  // momentum, squares how steep a slope usually is; both begin at 0, which the correction makes good.
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
            values[index] -= rate * slope; // new weight = weight − learning rate · slope
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

  // The numbers from 0 in a random order: each changes places with a random one of those before it.
  function shuffled(count, random) {
    const order = Int32Array.from({ length: count }, (_, index) => index);
    for (let index = count - 1; index > 0; index--) {
      const other = Math.floor(random() * (index + 1));
      [order[index], order[other]] = [order[other], order[index]];
    }
    return order;
  }

  return { NETWORKS, bestOf, build, forward, trainBatch, evaluate, shuffled };
}
