// Runs a trained network on one image, as Keras does at prediction time. The numbers of an image or of feature maps lie
// in one row, in Keras's order: row after row, in a row pixel after pixel, in a pixel channel after channel.
"use strict";

const Network = (() => {
  // Weights travel as float16, numbers of two bytes: a sign, 5 bits of exponent, 10 bits of fraction.
  function float16(bits) {
    const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = (bits & 1023) / 1024;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
  }

  function readWeights(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return Float32Array.from(new Uint16Array(bytes.buffer), float16);
  }

  // Gives each layer of a file of tools/export_networks.py its weights, which the file holds one after another.
  function load(file) {
    const weights = readWeights(file.weights);
    let start = 0;
    const take = (count) => weights.subarray(start, (start += count));
    const layers = file.layers.map((layer) => {
      if (layer.kind === "scale") return { ...layer, factors: take(layer.channels), offsets: take(layer.channels) };
      if (!layer.shape) return layer;
      const kernel = take(layer.shape.reduce((product, length) => product * length, 1));
      return { ...layer, kernel, biases: layer.bias ? take(layer.shape.at(-1)) : null };
    });
    if (start !== weights.length) throw new Error(`The file has ${weights.length} weights; its layers take ${start}.`);
    return layers;
  }

  // A filter at each place: pixels times weights, summed over its rows, its columns and all channels.
  function convolve(x, [rows, columns, channels], layer) {
    const [height, width, , filters] = layer.shape, same = layer.padding === "same";
    const top = same ? (height - 1) >> 1 : 0, left = same ? (width - 1) >> 1 : 0; // zeros around the image
    const outRows = same ? rows : rows - height + 1, outColumns = same ? columns : columns - width + 1;
    const y = new Float32Array(outRows * outColumns * filters);
    if (layer.biases) for (let place = 0; place < outRows * outColumns; place++) y.set(layer.biases, place * filters);
    for (let row = 0; row < outRows; row++) {
      for (let column = 0; column < outColumns; column++) {
        const sums = (row * outColumns + column) * filters;
        for (let i = 0; i < height; i++) {
          const sourceRow = row + i - top;
          if (sourceRow < 0 || sourceRow >= rows) continue;
          for (let j = 0; j < width; j++) {
            const sourceColumn = column + j - left;
            if (sourceColumn < 0 || sourceColumn >= columns) continue;
            for (let channel = 0; channel < channels; channel++) {
              const pixel = x[(sourceRow * columns + sourceColumn) * channels + channel];
              if (pixel === 0) continue; // it adds nothing
              const weights = ((i * width + j) * channels + channel) * filters;
              for (let filter = 0; filter < filters; filter++) y[sums + filter] += pixel * layer.kernel[weights + filter];
            }
          }
        }
      }
    }
    return [y, [outRows, outColumns, filters]];
  }

  // Of each square of 2×2 numbers the largest.
  function pool(x, [rows, columns, channels]) {
    const outRows = rows >> 1, outColumns = columns >> 1, y = new Float32Array(outRows * outColumns * channels);
    for (let row = 0; row < outRows; row++) {
      for (let column = 0; column < outColumns; column++) {
        for (let channel = 0; channel < channels; channel++) {
          const first = (2 * row * columns + 2 * column) * channels + channel, below = first + columns * channels;
          y[(row * outColumns + column) * channels + channel] = Math.max(
            x[first], x[first + channels], x[below], x[below + channels],
          );
        }
      }
    }
    return [y, [outRows, outColumns, channels]];
  }

  // Each neuron: inputs times weights, summed, plus its bias.
  function dense(x, layer) {
    const [inputs, neurons] = layer.shape, y = new Float32Array(neurons);
    if (layer.biases) y.set(layer.biases);
    for (let input = 0; input < inputs; input++) {
      if (x[input] === 0) continue;
      for (let neuron = 0; neuron < neurons; neuron++) y[neuron] += x[input] * layer.kernel[input * neurons + neuron];
    }
    return [y, [neurons]];
  }

  // What is left of batch normalization once its averages stand still: a factor and an offset for each channel.
  function scale(x, shape, { channels, factors, offsets }) {
    return [x.map((value, index) => value * factors[index % channels] + offsets[index % channels]), shape];
  }

  function relu(x) {
    return x.map((value) => Math.max(0, value));
  }

  function softmax(logits) {
    const largest = Math.max(...logits), exponentials = logits.map((logit) => Math.exp(logit - largest));
    const sum = exponentials.reduce((total, value) => total + value, 0);
    return exponentials.map((value) => value / sum);
  }

  const STEPS = {
    convolution: convolve,
    pool,
    dense: (x, shape, layer) => dense(x, layer),
    scale,
    relu: (x, shape) => [relu(x), shape],
  };
  const ACTIVATIONS = { relu, softmax, linear: (x) => x };

  // What each layer outputs for an image of 28×28 numbers from 0 to 1: a list of values and shapes, the answer last.
  function run(layers, image) {
    let values = Float32Array.from(image), shape = [28, 28, 1];
    return layers.map((layer) => {
      [values, shape] = STEPS[layer.kind](values, shape, layer);
      values = ACTIVATIONS[layer.activation ?? "linear"](values);
      return { values, shape };
    });
  }

  // Ten probabilities.
  function predict(layers, image) {
    return run(layers, image).at(-1).values;
  }

  return { load, run, predict };
})();
