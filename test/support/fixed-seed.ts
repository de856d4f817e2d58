import fc from "fast-check";

/**
 * Properties are tried on the same cases each time, so that whoever changes something is told of their own change only.
 * `HOLDFAST_SEED=$RANDOM npm run test:unit` looks further.
 */
fc.configureGlobal({ seed: Number(process.env["HOLDFAST_SEED"] ?? 20_261_125) });
