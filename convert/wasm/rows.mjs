// node rows.mjs MODULE < rows > outputs: stored numbers, one row after another.
import { readFileSync, writeFileSync } from "node:fs";
import { load } from "./network.mjs";

const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

const network = await load(readFileSync(process.argv[2]));
const rows = readFileSync(0);
const [input, output] = [bytesOf(network.input), bytesOf(network.output)];
const outputs = [];
for (let start = 0; start < rows.length; start += input.length) {
  input.set(rows.subarray(start, start + input.length));
  network.run();
  outputs.push(output.slice());
}
writeFileSync(1, Buffer.concat(outputs));
