/**
 * A network that keras-tvscm has compiled to WebAssembly. There is nothing else to load; it runs
 * in browsers and in Node.js.
 *
 *     import { load } from "./digits.mjs";
 *     const response = await fetch("digits.wasm");
 *     const network = await load(await response.arrayBuffer());
 *     const scores = network.predict(pixels); // Float32Array
 */

const ARRAYS = { int8: Int8Array, uint8: Uint8Array, float32: Float32Array };
const LIMITS = { int8: [-128, 127], uint8: [0, 255] };
// Added to a number and taken off again it rounds to whole numbers, halves to the even one.
const EVEN = 3 * 2 ** 51;

/**
 * @param {BufferSource} bytes of the .wasm file
 * @returns {Promise<Network>}
 * @throws {TypeError} they are no network that keras-tvscm has written
 */
export async function load(bytes) {
  const module = await WebAssembly.compile(bytes);
  const [section] = WebAssembly.Module.customSections(module, "tvscm");
  if (!section) {
    throw new TypeError("no network that tvscm has written: convert it with --target wasm");
  }
  const about = JSON.parse(new TextDecoder().decode(section));
  return new Network(about, (await WebAssembly.instantiate(module)).exports);
}

/**
 * - about: `input` and `output`, each with `size`, `dtype` and, for integers, `scale` and
 *   `zero_point` (real = scale * (stored - zero_point)); `sha256` of the .tflite model.
 * - input, output: views of the module's memory, one row as it is stored.
 * - run(): computes `output` from `input`; nothing is kept from one call to the next.
 */
class Network {
  constructor(about, exports) {
    const view = ({ dtype, size }, { value }) =>
      new ARRAYS[dtype](exports.memory.buffer, value, size);
    this.about = about;
    this.input = view(about.input, exports.input);
    this.output = view(about.output, exports.output);
    this.run = exports.predict;
  }

  /**
   * @param {ArrayLike<number>} row real numbers, which are stored as the model stores them
   * @returns {Float32Array} real numbers
   * @throws {RangeError} another number of numbers
   */
  predict(row) {
    const { input, output } = this.about;
    if (row.length !== input.size) {
      throw new RangeError(`the network takes ${input.size} numbers. Received: ${row.length}`);
    }
    const [low, high] = LIMITS[input.dtype] ?? [];
    for (let i = 0; i < input.size; i++) {
      if (low === undefined) {
        this.input[i] = row[i];
        continue;
      }
      const steps = row[i] / input.scale + EVEN - EVEN + input.zero_point;
      this.input[i] = Math.max(low, Math.min(high, steps));
    }
    this.run();
    const { scale = 1, zero_point = 0 } = output;
    return Float32Array.from(this.output, (stored) => scale * (stored - zero_point));
  }
}
