// What becomes of a drawing on the way to an answer: the steps of its preparation, the templates of one dense layer with
// the drawing laid over them, and the feature maps of a convolution.
"use strict";

const Layers = (() => {
  const SIDE = 84; // pixels of the page

  function picture(rows, columns, color, description) {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: columns, height: rows });
    canvas.style.width = `${(SIDE * columns) / Math.max(rows, columns)}px`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", description);
    const brush = canvas.getContext("2d"), image = brush.createImageData(columns, rows);
    for (let index = 0; index < rows * columns; index++) image.data.set([...color(index), 255], 4 * index);
    brush.putImageData(image, 0, 0);
    return canvas;
  }

  // Blue for positive numbers, red for negative ones, white for 0; share is from -1 to 1.
  function signed(share) {
    const strength = Math.min(1, Math.abs(share)), end = share > 0 ? [5, 48, 97] : [103, 0, 31];
    return end.map((value) => Math.round(255 + strength * (value - 255)));
  }

  function figure(canvas, caption) {
    const made = Page.element("figure");
    made.append(canvas, Page.element("figcaption", "", caption));
    return made;
  }

  // A digit of 28×28 numbers from 0 to 1, with a caption and, for those who can't see it, a description.
  function digit(pixels, caption, description) {
    const gray = (index) => Array(3).fill(Math.round(255 * pixels[index]));
    return figure(picture(28, 28, gray, description), caption);
  }

  // A drawing cropped to its ink, scaled and centered.
  function preparation(steps) {
    return Object.entries(steps).map(([name, { pixels, rows, columns }]) => {
      const gray = (index) => Array(3).fill(Math.round(255 * pixels[index]));
      return figure(picture(rows, columns, gray, `the drawing, ${name}`), `${name}: ${rows}×${columns}`);
    });
  }

  // Ten templates: pale where the drawing has no ink, in full color where it has, and what the ink adds up to. Half of the
  // largest weight has the strongest color, since most weights are much smaller.
  function templates([layer], image) {
    const largest = layer.kernel.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) / 2;
    return Array.from({ length: 10 }, (_, digit) => {
      const weight = (index) => layer.kernel[index * 10 + digit];
      const color = (index) => signed((weight(index) / largest) * (0.25 + 0.75 * (image?.[index] ?? 1)));
      const sum = image?.reduce((total, pixel, index) => total + pixel * weight(index), layer.biases[digit]);
      const caption = image ? `${digit}: ${sum.toFixed(1).replace("-", "−")}` : String(digit);
      return figure(picture(28, 28, color, `the template of ${digit}`), caption);
    });
  }

  // The filters of a convolution that looks at the image itself, on one scale of color.
  function filters({ kernel, size, shape: [, count] }) {
    const largest = kernel.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    return Array.from({ length: count }, (_, filter) => {
      const color = (index) => signed(kernel[index * count + filter] / largest);
      return figure(picture(size, size, color, `filter ${filter + 1}`), `filter ${filter + 1}`);
    });
  }

  // The first layer's feature maps, on one scale of gray.
  function featureMaps({ values, shape: [rows, columns, channels] }) {
    const largest = values.reduce((most, value) => Math.max(most, value), 1e-6);
    return Array.from({ length: channels }, (_, channel) => {
      const gray = (index) => Math.round((255 * Math.max(0, values[index * channels + channel])) / largest);
      return figure(picture(rows, columns, (index) => Array(3).fill(gray(index)), `map of filter ${channel + 1}`), `filter ${channel + 1}`);
    });
  }

  return { digit, preparation, templates, filters, featureMaps };
})();
