// Times prefill and decode of a model:
//   llama_bench.mjs [--gpu cpu|cuda] [--flash-attention] [--prefill N] [--decode N] [--threads N] [--runs N] MODEL
// One line of JSON: the best of the runs in tokens per second, and the time to the first token of the first run, which
// includes the compilation of kernels where the cache has none.
import os from "node:os";
import path from "node:path";
import {parseCommandLine} from "./arguments.mjs";
import {openModel} from "./node_llama.mjs";

const options = parseCommandLine({
    "gpu": {type: "string", default: "cpu"},
    "flash-attention": {type: "boolean", default: false},
    "prefill": {type: "string", default: "256"},
    "decode": {type: "string", default: "32"},
    "threads": {type: "string", default: String(os.availableParallelism())},
    "runs": {type: "string", default: "3"}
}, ["model"]);
const prefill = Number(options.prefill), decode = Number(options.decode), runs = Number(options.runs);

const start = performance.now();
const opened = await openModel({
    modelPath: options.model, gpu: options.gpu, flashAttention: options["flash-attention"],
    contextSize: prefill + decode + 16, threads: Number(options.threads)
});
const loaded = performance.now();
const prompt = Array.from({length: prefill}, (_, index) => 300 + (index * 7) % 200);

// Milliseconds from the start of an evaluation to each of its tokens.
async function evaluate() {
    await opened.sequence.clearHistory();
    const times = [];
    const begin = performance.now();
    const tokens = opened.sequence.evaluate(prompt, {temperature: 0, yieldEogToken: true});
    for (let token = 0; token <= decode; ++token) {
        if ((await tokens.next()).done) break;
        times.push(performance.now() - begin);
    }
    await tokens.return?.();
    return times;
}

let first, bestPrefill = 0, bestDecode = 0;
for (let run = 0; run < runs; ++run) {
    const times = await evaluate();
    first ??= times[0];
    bestPrefill = Math.max(bestPrefill, prefill / times[0] * 1000);
    bestDecode = Math.max(bestDecode, (times.length - 1) / (times.at(-1) - times[0]) * 1000);
}
const round = (value, digits) => Number(value.toFixed(digits));
console.log(JSON.stringify({
    model: path.basename(options.model), gpu: options.gpu, device: opened.device, build: opened.build,
    gpuLayers: opened.gpuLayers, totalLayers: opened.totalLayers, flashAttention: options["flash-attention"],
    threads: Number(options.threads), prefillTokens: prefill, decodeTokens: decode,
    loadSeconds: round((loaded - start) / 1000, 2), firstTokenSeconds: round(first / 1000, 3),
    prefillPerSecond: round(bestPrefill, 1), decodePerSecond: round(bestDecode, 2)
}));
process.exit(0);
