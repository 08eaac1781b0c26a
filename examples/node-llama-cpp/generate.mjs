// Loads MODEL with all layers on one backend and continues a text, for demo.mjs: generate.mjs cuda|cpu MODEL
import fs from "node:fs";
import os from "node:os";
import {getLlama} from "node-llama-cpp";

const kTokens = 32;
const kPrompt = "And it came to pass in those days, that the king of Israel sent messengers unto the cities of Judah, " +
    "saying, Hear the word of the LORD, ye elders of the people: and they gathered themselves together at the gate";

const [gpu, modelPath] = process.argv.slice(2);
const progress = (text) => process.send({progress: text});

progress("looking for the device");
const llama = await getLlama({gpu: gpu === "cpu" ? false : gpu, build: "never", logLevel: "error"});
progress("loading the model");
const started = performance.now();
const model = await llama.loadModel({modelPath, gpuLayers: gpu === "cpu" ? 0 : "max"});
const context = await model.createContext({contextSize: 256, threads: os.availableParallelism()});
const sequence = context.getSequence();
const loadSeconds = (performance.now() - started) / 1000;

const prompt = [model.tokens.bos, ...model.tokenize(kPrompt)];

// Seconds until each token was there.
async function pass() {
    await sequence.clearHistory();
    const tokens = [], times = [];
    const start = performance.now();
    for await (const token of sequence.evaluate(prompt, {temperature: 0})) {
        tokens.push(token);
        times.push((performance.now() - start) / 1000);
        if (tokens.length === kTokens) break;
    }
    return {tokens, times};
}

progress("first pass: kernels are compiled where the cache has none");
const first = await pass();
progress("measured pass");
const {tokens, times} = await pass();

const maps = fs.readFileSync("/proc/self/maps", "utf8");
const build = gpu === "cpu" ? "CPU" : maps.includes("linux-x64-cuda-ext/") ? "CUDA 12" : "CUDA 13";
process.send({
    gpu, build, tokens, prompt: kPrompt, text: model.detokenize(tokens),
    device: gpu === "cpu" ? "CPU" : (await llama.getGpuDeviceNames()).join(", "),
    gpuLayers: model.gpuLayers, totalLayers: model.fileInsights.totalLayers, loadSeconds,
    firstPassSeconds: first.times.at(-1),
    prefill: prompt.length / times[0],
    decode: (tokens.length - 1) / (times.at(-1) - times[0])
}, () => process.exit(0));
