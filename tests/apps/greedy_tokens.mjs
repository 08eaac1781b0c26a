// Greedy tokens on the vGPU against those of the native CPU backend of the same program:
//   greedy_tokens.mjs --model MODEL [--reference MODEL] --build cuda12|cuda13 [--flash-attention] -- COMMAND...
// COMMAND starts a program with the vGPU ("vgpu run --profile p4 --"); {} in it stands for the work folder.
//
// Where the tokens differ, the rounding of two different orders of summation may have decided between two tokens that
// are equally good. So the logits are then held against an F32 run of the same weights (--reference): a difference within
// 1 % of the largest logit is right. Both backends round activations to 8 bits before they multiply them with quantised
// weights, which by itself may cost as much; so the native backend's own difference is granted on top. Anything else is a
// failure. Exits with 77 (skipped) without node-llama-cpp.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import {fileURLToPath} from "node:url";
import {spawnSync} from "node:child_process";
import {fail, parseCommandLine} from "./arguments.mjs";
import {largestDifference} from "./compare_logits.mjs";

const kTolerance = 0.01;
const kSteps = 32;

const options = parseCommandLine({
    "model": {type: "string"},
    "reference": {type: "string"},
    "build": {type: "string"},
    "flash-attention": {type: "boolean", default: false}
});
if (!process.env.VGPU_TEST_NODE_MODULES) {
    console.log("skipped: VGPU_TEST_NODE_MODULES is not set");
    process.exit(77);
}
const work = fs.mkdtempSync(path.join(os.tmpdir(), "vgpu-greedy-"));
process.on("exit", () => fs.rmSync(work, {recursive: true, force: true}));

function generate(name, gpu, model, {command = [], follow} = {}) {
    const output = path.join(work, `${name}.json`);
    const words = [...command, process.execPath, fileURLToPath(new URL("generate.mjs", import.meta.url)),
        "--gpu", gpu, "--steps", String(kSteps), "--output", output,
        ...(options["flash-attention"] ? ["--flash-attention"] : []), ...(follow ? ["--follow", follow] : []), model];
    const started = performance.now();
    const {status, signal, error} = spawnSync(words[0], words.slice(1), {stdio: ["ignore", "inherit", "inherit"]});
    if (status !== 0) fail(`${name}: ${words.join(" ")}: ${error?.message ?? signal ?? `exit status ${status}`}`);
    const result = {...JSON.parse(fs.readFileSync(output, "utf8")), file: output};
    console.log(`${name}: ${result.device}, ${result.build}, ${result.gpuLayers}/${result.totalLayers} layers on the GPU, ` +
        `${((performance.now() - started) / 1000).toFixed(1)} s, tokens ${result.tokens.join(" ")}`);
    return result;
}

const native = generate("native", "cpu", options.model);
const command = options.command.map((word) => word.replaceAll("{}", work));
const vgpu = generate("vgpu", "cuda", options.model, {command});
if (vgpu.gpuLayers !== vgpu.totalLayers) fail(`only ${vgpu.gpuLayers} of ${vgpu.totalLayers} layers were on the GPU`);
if (vgpu.build !== options.build) fail(`the ${vgpu.build} build was loaded, this test is about ${options.build}`);

const different = vgpu.tokens.findIndex((token, step) => token !== native.tokens[step]);
if (different === -1) {
    console.log(`all ${kSteps} tokens equal; logits differ by at most ` +
        `${(100 * largestDifference(vgpu, native)).toFixed(3)} % of the largest`);
    process.exit(0);
}
console.log(`token ${different} differs: ${vgpu.tokens[different]} on the vGPU, ${native.tokens[different]} native`);
if (!options.reference) fail("no F32 reference of this model to tell an error from rounding");
const reference = generate("reference", "cpu", options.reference, {follow: vgpu.file});
const followed = generate("native-followed", "cpu", options.model, {follow: vgpu.file});
const difference = largestDifference(vgpu, reference), ofNative = largestDifference(followed, reference);
const percent = (part) => `${(100 * part).toFixed(3)} %`;
const limit = kTolerance + ofNative;
const summary = `logits differ from the F32 reference by ${percent(difference)} of the largest, ` +
    `those of the native backend by ${percent(ofNative)}`;
if (!(difference <= limit)) fail(`${summary}: more than ${percent(limit)}`);
console.log(`${summary}: rounding`);
