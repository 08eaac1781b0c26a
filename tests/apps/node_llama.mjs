// node-llama-cpp from VGPU_TEST_NODE_MODULES, and what the tests ask of it. Loads nothing of CUDA by itself.
import fs from "node:fs";
import path from "node:path";
import {pathToFileURL} from "node:url";

const folder = process.env.VGPU_TEST_NODE_MODULES;
if (!folder) throw new Error("VGPU_TEST_NODE_MODULES is not set: the folder where npm installed node-llama-cpp");
const {getLlama} = await import(pathToFileURL(path.join(folder, "node-llama-cpp/dist/index.js")).href);

// "cuda13", "cuda12" or "cpu": which of node-llama-cpp's builds this process has loaded. The CUDA 12 build is its
// fallback, so where both are mapped the other one found no device.
export function loadedBuild() {
    const maps = fs.readFileSync("/proc/self/maps", "utf8");
    if (maps.includes("linux-x64-cuda-ext/")) return "cuda12";
    return /linux-x64-cuda\/.*\/libggml-cuda\.so/.test(maps) ? "cuda13" : "cpu";
}

// `gpu`: "cpu" or "cuda", all layers on it. Throws when the device is not there.
export async function openModel({modelPath, gpu, flashAttention = false, contextSize = 256, threads = 2}) {
    const llama = await getLlama({gpu: gpu === "cpu" ? false : gpu, build: "never",
        logLevel: process.env.VGPU_TEST_LLAMA_LOG ?? "error"});
    const model = await llama.loadModel({modelPath, gpuLayers: gpu === "cpu" ? 0 : "max"});
    const context = await model.createContext({contextSize, flashAttention, threads});
    return {
        llama, model, sequence: context.getSequence(),
        device: gpu === "cpu" ? "CPU" : (await llama.getGpuDeviceNames()).join(", "),
        build: loadedBuild(), gpuLayers: model.gpuLayers, totalLayers: model.fileInsights.totalLayers
    };
}
