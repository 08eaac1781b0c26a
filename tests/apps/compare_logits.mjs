// Logits of two results of generate.mjs, step by step.

function decode(step) {
    const bytes = Buffer.from(step, "base64");
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

// The largest difference at any step, as a part of the largest logit of `reference` at that step. NaN counts as infinite.
export function largestDifference(result, reference) {
    let worst = 0;
    for (let step = 0; step < reference.logits.length; ++step) {
        const actual = decode(result.logits[step]), expected = decode(reference.logits[step]);
        let scale = 0, difference = 0;
        for (let token = 0; token < expected.length; ++token) {
            scale = Math.max(scale, Math.abs(expected[token]));
            const distance = Math.abs(actual[token] - expected[token]);
            difference = Math.max(difference, Number.isNaN(distance) ? Infinity : distance);
        }
        worst = Math.max(worst, difference / scale);
    }
    return worst;
}
