// Continues a fixed prompt greedily and writes the tokens and every step's logits:
//   generate.mjs --gpu cpu|cuda [--flash-attention] [--steps N] [--follow RESULT] --output RESULT MODEL
// With --follow the tokens of an earlier result are fed instead of this run's own, so that the logits of the two runs
// belong to the same text and can be compared.
import fs from "node:fs";
import {parseCommandLine} from "./arguments.mjs";
import {openModel} from "./node_llama.mjs";

const options = parseCommandLine({
    "gpu": {type: "string", default: "cpu"},
    "flash-attention": {type: "boolean", default: false},
    "steps": {type: "string", default: "32"},
    "follow": {type: "string"},
    "output": {type: "string"}
}, ["model"]);
const steps = Number(options.steps);
const follow = options.follow && JSON.parse(fs.readFileSync(options.follow, "utf8")).tokens;

const opened = await openModel({modelPath: options.model, gpu: options.gpu, flashAttention: options["flash-attention"]});
// More than 32 tokens: the prompt takes the matrix-matrix kernels, the steps the matrix-vector ones.
const prompt = Array.from({length: 40}, (_, index) => 300 + (index * 7) % 200);
const next = {generateNext: {token: true, logits: true, options: {temperature: 0}}};

async function step(input) {
    const items = [...input.slice(0, -1), [input.at(-1), next]];
    const output = (await opened.sequence.controlledEvaluate(items)).at(-1).next;
    const logits = new Float32Array(output.logits.size);
    for (const [token, logit] of output.logits) logits[token] = logit;
    return {token: output.token, logits};
}

const tokens = [], logits = [];
for (let input = prompt; tokens.length < steps;) {
    const result = await step(input);
    logits.push(Buffer.from(result.logits.buffer).toString("base64"));
    tokens.push(follow?.[tokens.length] ?? result.token);
    input = [tokens.at(-1)];
}
fs.writeFileSync(options.output, JSON.stringify({
    gpu: options.gpu, device: opened.device, build: opened.build,
    gpuLayers: opened.gpuLayers, totalLayers: opened.totalLayers, tokens, logits
}));
process.exit(0);
