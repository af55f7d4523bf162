import fc from "fast-check";

/**
 * Properties try the same inputs in every run, so that one which fails was changed and not unlucky.
 * `SLUICE_SEED=random` looks at others; a number repeats what such a run has found.
 */
const word = process.env.SLUICE_SEED ?? "1";
if (word !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(word) });
