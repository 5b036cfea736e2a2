/*
 * A drawing as an image of MNIST: in black and white, cropped, scaled into a box of 20 x 20 pixels
 * with its proportions kept, and placed with its centre of mass in the centre of 28 x 28. All of it
 * is in whole numbers below 2^53.
 */

const INK_SIDE = 280; // pixels of the black and white image
const UNIT = 16; // a pixel's width in the units that strokes are given in
const RADIUS = 10 * UNIT; // of the pen
const BOX = 20;
export const IMAGE_SIDE = 28;
// Strokes are in 0 .. UNITS, both ways; so wide is the pen.
export const UNITS = INK_SIDE * UNIT;
export const PEN = 2 * RADIUS;

export const emptyInk = () => new Uint8Array(INK_SIDE * INK_SIDE);

/** Inks the pixels whose centre is within the pen's radius of a line; a dot, where it has no length. */
export function inkLine(ink, [startX, startY], [endX, endY]) {
  const pixel = (units) => Math.max(0, Math.min(INK_SIDE - 1, Math.floor(units / UNIT)));
  const square = (x, y) => x * x + y * y;
  const [alongX, alongY] = [endX - startX, endY - startY];
  const length = square(alongX, alongY);
  const right = pixel(Math.max(startX, endX) + RADIUS), bottom = pixel(Math.max(startY, endY) + RADIUS);
  for (let row = pixel(Math.min(startY, endY) - RADIUS); row <= bottom; row++) {
    for (let column = pixel(Math.min(startX, endX) - RADIUS); column <= right; column++) {
      const x = column * UNIT + UNIT / 2 - startX, y = row * UNIT + UNIT / 2 - startY;
      const along = x * alongX + y * alongY, across = x * alongY - y * alongX;
      if (
        (along > 0 && along < length && across * across <= RADIUS * RADIUS * length) ||
        square(x, y) <= RADIUS * RADIUS ||
        square(x - alongX, y - alongY) <= RADIUS * RADIUS
      ) {
        ink[row * INK_SIDE + column] = 1;
      }
    }
  }
}

/** The image, 28 x 28 pixels of 0 to 255, row by row; zeros where there is no ink. */
export function imageOf(ink) {
  const image = new Uint8Array(IMAGE_SIDE * IMAGE_SIDE);
  let [left, right, top, bottom] = [INK_SIDE, -1, INK_SIDE, -1];
  for (let i = 0; i < ink.length; i++) {
    if (!ink[i]) continue;
    left = Math.min(left, i % INK_SIDE);
    right = Math.max(right, i % INK_SIDE);
    bottom = Math.floor(i / INK_SIDE);
    top = Math.min(top, bottom);
  }
  if (right < 0) return image;
  const rows = bottom - top + 1, columns = right - left + 1, side = Math.max(rows, columns);
  const [height, width] = [rows, columns].map((pixels) => Math.ceil((pixels * BOX) / side));
  const covered = new Float64Array(height * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (ink[(top + row) * INK_SIDE + left + column]) cover(covered, height, width, row, column, side);
    }
  }
  const grey = covered.map((area) => Math.floor((2 * 255 * area + side * side) / (2 * side * side)));
  const byRow = new Float64Array(height), byColumn = new Float64Array(width);
  grey.forEach((value, i) => {
    byRow[Math.floor(i / width)] += value;
    byColumn[i % width] += value;
  });
  const down = start(byRow), over = start(byColumn);
  grey.forEach((value, i) => {
    image[(down + Math.floor(i / width)) * IMAGE_SIDE + over + (i % width)] = value;
  });
  return image;
}

/** Adds a pixel of the crop to those of the box that it lies in: two at most each way. */
function cover(covered, height, width, row, column, side) {
  // Of a pixel of the box and one of the crop, in 1 / BOX of a pixel of the crop.
  const overlap = (ofBox, ofCrop) =>
    Math.min((ofBox + 1) * side, (ofCrop + 1) * BOX) - Math.max(ofBox * side, ofCrop * BOX);
  for (let y = Math.floor((row * BOX) / side); y < height && y * side < (row + 1) * BOX; y++) {
    for (let x = Math.floor((column * BOX) / side); x < width && x * side < (column + 1) * BOX; x++) {
      covered[y * width + x] += overlap(y, row) * overlap(x, column);
    }
  }
}

/** Where the box starts, so that its centre of mass is nearest to the image's centre. */
function start(masses) {
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  const moment = masses.reduce((sum, mass, i) => sum + mass * (2 * i + 1), 0);
  const place = Math.floor(((IMAGE_SIDE + 1) * total - moment) / (2 * total));
  return Math.max(0, Math.min(IMAGE_SIDE - masses.length, place));
}
