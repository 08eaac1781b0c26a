// Command lines of the form PROGRAM [--name value | --flag]... [positional]... [-- COMMAND...].
import {parseArgs} from "node:util";

// `options` as node:util's parseArgs takes them. What follows "--" comes back as `command`.
export function parseCommandLine(options, positionalNames = []) {
    const words = process.argv.slice(2);
    const separator = words.indexOf("--");
    const own = separator === -1 ? words : words.slice(0, separator);
    const {values, positionals} = parseArgs({args: own, options, allowPositionals: true});
    if (positionals.length !== positionalNames.length)
        fail(`expected ${positionalNames.join(" ") || "no arguments"}, got ${positionals.join(" ") || "none"}`);
    positionalNames.forEach((name, index) => values[name] = positionals[index]);
    return {...values, command: separator === -1 ? [] : words.slice(separator + 1)};
}

export function fail(message) {
    console.error(message);
    process.exit(1);
}
