// From what is drawn to what a network sees. MNIST's makers cropped each digit to its ink, scaled it until its longer
// side was 20 pixels, and placed it in 28×28 so that its center of mass came to the middle. The networks know no other
// digits, so a drawing is prepared in the same way, as mnist_helpers/centering.py does it.
"use strict";

const Preparation = (() => {
  const BOX = 20, SIDE = 28, MIDDLE = 14; // pixels
  const THINNEST = 1.86, TYPICAL = 2.83; // pixels of 20: strokes thinner than nearly all of MNIST's become typical ones

  // The nearest whole number; of two that are equally near the even one, as in Python.
  function round(value) {
    const low = Math.floor(value), rest = value - low;
    return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
  }

  // Where the ink begins and ends; null where there is none.
  function inkBox({ pixels, rows, columns }) {
    let top = rows, bottom = -1, left = columns, right = -1;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        if (pixels[row * columns + column] === 0) continue;
        top = Math.min(top, row);
        bottom = Math.max(bottom, row);
        left = Math.min(left, column);
        right = Math.max(right, column);
      }
    }
    return bottom < 0 ? null : { top, left, rows: bottom - top + 1, columns: right - left + 1 };
  }

  function crop({ pixels, columns }, box) {
    const cropped = new Float32Array(box.rows * box.columns);
    for (let row = 0; row < box.rows; row++) {
      for (let column = 0; column < box.columns; column++) {
        cropped[row * box.columns + column] = pixels[(box.top + row) * columns + box.left + column];
      }
    }
    return { pixels: brightened(cropped), rows: box.rows, columns: box.columns };
  }

  function brightened(pixels) {
    const brightest = pixels.reduce((largest, value) => Math.max(largest, value), 0);
    return pixels.map((value) => value / brightest);
  }

  // Gives a row or a column another length: each new pixel is the mean of the old ones whose middle lies within it, or,
  // where the new ones are smaller, the nearest old one.
  function resizeLine(read, length, count, write) {
    const size = length / count, reach = Math.max(size, 1) / 2;
    for (let index = 0; index < count; index++) {
      const middle = (index + 0.5) * size;
      const first = Math.max(0, Math.trunc(middle - reach + 0.5));
      const end = Math.min(length, Math.trunc(middle + reach + 0.5));
      let sum = 0, weight = 0;
      for (let at = first; at < end; at++) {
        const distance = (at - middle + 0.5) / Math.max(size, 1);
        if (distance <= -0.5 || distance > 0.5) continue;
        sum += read(at);
        weight++;
      }
      write(index, sum / weight);
    }
  }

  function scale({ pixels, rows, columns }) {
    const longer = Math.max(rows, columns);
    const newRows = Math.max(1, round((BOX * rows) / longer)), newColumns = Math.max(1, round((BOX * columns) / longer));
    const narrow = new Float32Array(rows * newColumns), small = new Float32Array(newRows * newColumns);
    for (let row = 0; row < rows; row++) {
      resizeLine((at) => pixels[row * columns + at], columns, newColumns, (at, value) => {
        narrow[row * newColumns + at] = value;
      });
    }
    for (let column = 0; column < newColumns; column++) {
      resizeLine((at) => narrow[at * newColumns + column], rows, newRows, (at, value) => {
        small[at * newColumns + column] = value;
      });
    }
    return { pixels: brightened(small), rows: newRows, columns: newColumns };
  }

  function center({ pixels, rows, columns }) {
    let mass = 0, ofRows = 0, ofColumns = 0;
    pixels.forEach((value, index) => {
      mass += value;
      ofRows += value * Math.floor(index / columns);
      ofColumns += value * (index % columns);
    });
    // The middle of the ink goes to pixel 14, as far as no ink is cut off.
    const start = (length, sum) => Math.min(Math.max(-Math.floor(sum / mass - MIDDLE + 0.5), 0), SIDE - length);
    const top = start(rows, ofRows), left = start(columns, ofColumns), image = new Float32Array(SIDE * SIDE);
    for (let row = 0; row < rows; row++) {
      image.set(pixels.subarray(row * columns, (row + 1) * columns), (top + row) * SIDE + left);
    }
    return { pixels: image, rows: SIDE, columns: SIDE };
  }

  // The steps from a picture to 28×28 numbers from 0 to 1; null where nothing is drawn.
  function steps(picture) {
    const box = inkBox(picture);
    if (!box) return null;
    const cropped = crop(picture, box), scaled = scale(cropped);
    return { cropped, scaled, centered: center(scaled) };
  }

  // The pen with which a drawing gets strokes like MNIST's: its own, or a thicker one where the drawing is large.
  function penFor(longer, pen) {
    if ((pen * BOX) / longer >= THINNEST) return pen;
    return (TYPICAL * (longer - pen)) / (BOX - TYPICAL); // the digit becomes longer, too
  }

  return { steps, inkBox, penFor };
})();
