export { DETECTORS, detectValue, type DetectableValue, type DetectorName } from "./detect.ts";
export { jsonMayHold } from "./json.ts";
export { prefilter, type Prefilter } from "./prefilter.ts";
export { maskValue, partialText, type MaskableValue } from "./value.ts";
