import { loadClosuresLate } from "../../cli/lazy.mjs";

// As `berth` has it: it takes a third of a second off each file that loads Pulumi's SDK.
loadClosuresLate();
