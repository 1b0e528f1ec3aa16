// Fetches the practice digits that networks are trained on here.
"use strict";

const PracticeDigits = (() => {
  const IMAGE = 28 * 28;

  // Gray in 8 steps, two pixels a byte, compressed; after the pixels come the labels. Returns digits to train on, and
  // others, by other writers, for validation: their images in one row of numbers from 0 to 1, and their labels.
  async function fetch() {
    if (!globalThis.practiceDigits) await Page.fetchScript("digits.js");
    const { count, validation, data } = globalThis.practiceDigits;
    const packed = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer()), half = (count * IMAGE) / 2;
    const images = new Float32Array(count * IMAGE), labels = bytes.slice(half), train = count - validation;
    for (let index = 0; index < half; index++) {
      images[2 * index] = (bytes[index] >> 4) / 7;
      images[2 * index + 1] = (bytes[index] & 15) / 7;
    }
    return {
      digits: { images: images.slice(0, train * IMAGE), labels: labels.slice(0, train) },
      validation: { images: images.slice(train * IMAGE), labels: labels.slice(train) },
    };
  }

  // The pixels of one digit.
  function imageOf({ images }, index) {
    return images.slice(index * IMAGE, (index + 1) * IMAGE);
  }

  return { fetch, imageOf };
})();
