// Decodes images the way this browser shows them, and compares them. Only numbers leave the page.

const canvasOf = (source, width, height) => {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d", { colorSpace: "srgb", willReadFrequently: true }).drawImage(source, 0, 0);
  return canvas;
};

/** Return the pixels of a canvas: its alpha, and its colors on white. */
const pixelsOf = (canvas) => {
  const { width, height } = canvas;
  const context = canvas.getContext("2d");
  const alpha = context.getImageData(0, 0, width, height).data;
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  return { width, height, alpha, onWhite: context.getImageData(0, 0, width, height).data };
};

/** Return the average difference of color and of alpha, in levels; null if the sizes differ. */
const differenceOf = (one, other) => {
  if (one.width !== other.width || one.height !== other.height) return null;
  let [color, alpha] = [0, 0];
  for (let at = 0; at < one.alpha.length; at += 4) {
    for (let channel = at; channel < at + 3; channel++) color += Math.abs(one.onWhite[channel] - other.onWhite[channel]);
    alpha += Math.abs(one.alpha[at + 3] - other.alpha[at + 3]);
  }
  const pixels = one.width * one.height;
  return { color: color / 3 / pixels, alpha: alpha / pixels };
};

/** Return a canvas with what an <img> shows: the first frame, upright. Return null if it shows nothing. */
const stillOf = async (blob) => {
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  try {
    await image.decode();
    return canvasOf(image, image.naturalWidth, image.naturalHeight);
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(image.src);
  }
};

/** Return the canvas after this browser has encoded it as a lossy WebP. */
const lossy = async (canvas, quality) =>
  stillOf(await canvas.convertToBlob({ type: "image/webp", quality: quality / 100 }));

/** Return the pixels of a canvas, and what is left of them in a lossy WebP. */
const pixelsAndLossyOf = async (canvas, quality) => {
  const encoded = pixelsOf(await lossy(canvas, quality)); // before the canvas becomes opaque
  return [pixelsOf(canvas), encoded];
};

/** Return how a lossy image differs from its source, apart from what this browser's own encoder loses. */
const differenceBeyondLoss = ([source, encoded], other) => {
  const exact = differenceOf(source, other);
  const afterLoss = differenceOf(encoded, other);
  const loss = differenceOf(source, encoded);
  const beyond = (kind) => Math.max(0, Math.min(afterLoss[kind], exact[kind] - loss[kind]));
  return exact && { color: beyond("color"), alpha: beyond("alpha") };
};

const decoderOf = async (blob) => {
  const decoder = new ImageDecoder({ data: await blob.arrayBuffer(), type: blob.type });
  await decoder.tracks.ready;
  await decoder.completed;
  return decoder;
};

/** Call `use` with one decoded frame, and free the frame afterward. Throw if the file has not all of its pixels. */
const withFrame = async (decoder, frameIndex, use) => {
  const { image } = await decoder.decode({ frameIndex });
  try {
    return use(image);
  } finally {
    image.close();
  }
};

const canvasOfFrame = (image) => canvasOf(image, image.displayWidth, image.displayHeight);

const frameCountOf = (decoder) => decoder.tracks.selectedTrack.frameCount;

const blobOf = async ({ type, base64 }) =>
  new Blob([await (await fetch(`data:;base64,${base64}`)).arrayBuffer()], { type });

/** Return the milliseconds of the first frames, at most `most`, and how often all are shown (0: forever); null if a frame is incomplete. */
const lookAtFrames = async ({ image, most = Infinity }) => {
  try {
    const decoder = await decoderOf(await blobOf(image));
    const milliseconds = [];
    for (let frame = 0; frame < Math.min(most, frameCountOf(decoder)); frame++) {
      milliseconds.push(await withFrame(decoder, frame, ({ duration }) => Math.round((duration ?? 0) / 1000)));
    }
    const { repetitionCount } = decoder.tracks.selectedTrack;
    return { milliseconds, loopCount: repetitionCount === Infinity ? 0 : repetitionCount + 1 };
  } catch {
    return null;
  }
};

/** Return the sizes of all three, and how the variants differ from the source; null for what shows nothing. */
const compareStills = async ({ source, png, webp, quality }) => {
  const [before, exact, encoded] = [
    await stillOf(await blobOf(source)),
    await stillOf(await blobOf(png)),
    await stillOf(await blobOf(webp)),
  ];
  const expected = before && (await pixelsAndLossyOf(before, quality));
  return {
    sizes: [before, exact, encoded].map((canvas) => canvas && [canvas.width, canvas.height]),
    png: before && exact && differenceOf(expected[0], pixelsOf(exact)),
    webp: before && encoded && differenceBeyondLoss(expected, pixelsOf(encoded)),
  };
};

/** Return the difference of each frame of two animations with equally many frames. */
const compareFrames = async ({ source, webp, quality }) => {
  const [one, other] = [await decoderOf(await blobOf(source)), await decoderOf(await blobOf(webp))];
  const differences = [];
  for (let frame = 0; frame < frameCountOf(one); frame++) {
    const [before, after] = [await withFrame(one, frame, canvasOfFrame), await withFrame(other, frame, canvasOfFrame)];
    differences.push(differenceBeyondLoss(await pixelsAndLossyOf(before, quality), pixelsOf(after)));
  }
  return differences;
};
