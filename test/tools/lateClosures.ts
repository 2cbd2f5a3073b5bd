import { loadLate } from "../../cli/lazy.mjs";

// As `berth` has it: it takes a third of a second off each file that loads Pulumi's SDK, and some more off dockerode's.
loadLate();
