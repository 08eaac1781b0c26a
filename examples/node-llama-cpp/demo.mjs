// Generates text on the CUDA device and on the CPU backend of the same program, and prints both side by side:
//   node demo.mjs [MODEL]
import {fork} from "node:child_process";
import {fileURLToPath} from "node:url";

const model = process.argv[2] ?? "/models/tiny-kjv-q8_0.gguf";

// Each backend in a process of its own: the two builds of llama.cpp must not meet in one.
function generate(gpu) {
    return new Promise((resolve, reject) => {
        const child = fork(fileURLToPath(new URL("generate.mjs", import.meta.url)), [gpu, model]);
        let result;
        child.on("message", (message) => {
            if (message.progress) console.log(`  ${gpu}: ${message.progress}`);
            else result = message;
        });
        child.on("exit", (code, signal) =>
            result ? resolve(result) : reject(new Error(`${gpu}: no result (${signal ?? `exit status ${code}`})`)));
    });
}

function table(rows) {
    const width = (column) => Math.max(...rows.map((row) => row[column].length));
    const widths = rows[0].map((_, column) => width(column));
    return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()).join("\n");
}

try {
    const cuda = await generate("cuda"), cpu = await generate("cpu");
    const speed = (tokensPerSecond) => `${tokensPerSecond.toFixed(1)} tokens/s`;
    const row = (name, value) => [name, value(cuda), value(cpu)];
    console.log("\n" + table([
        ["", "CUDA", "CPU backend"],
        row("device", (result) => result.device),
        row("llama.cpp build", (result) => result.build),
        row("layers on the GPU", (result) => `${result.gpuLayers} of ${result.totalLayers}`),
        row("model loaded in", (result) => `${result.loadSeconds.toFixed(2)} s`),
        row("first pass", (result) => `${result.firstPassSeconds.toFixed(2)} s`),
        row("prefill", (result) => speed(result.prefill)),
        row("decode", (result) => speed(result.decode))
    ]));
    console.log(`\n${cuda.prompt}`);
    console.log(`\nCUDA:        …${cuda.text}\nCPU backend: …${cpu.text}`);
    const equal = cuda.tokens.findIndex((token, index) => token !== cpu.tokens[index]);
    console.log(equal === -1 ? `\nAll ${cuda.tokens.length} tokens are equal.` : `\nThe tokens differ from number ${equal + 1} on.`);
} catch (error) {
    console.error(error.message);
    process.exit(1);
}
