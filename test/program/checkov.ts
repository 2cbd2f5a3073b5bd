import type { Graph } from "./harness.ts";
import { compressed } from "../../components/hosts/ec2/userData.ts";
import { userDataOf } from "../tools/userData.ts";

type Inputs = Record<string, unknown>;

/** One of checkov's rules about a machine: what holds, and a change with which it doesn't. */
export interface MachineRule {
  id: string;
  title: string;
  /** Whether a machine's inputs obey it. */
  holds: (inputs: Inputs, graph: Graph) => boolean;
  /** The same machine, made worse. */
  bad: (inputs: Inputs) => Inputs;
}

function part(inputs: Inputs, key: string): Inputs {
  return (inputs[key] ?? {}) as Inputs;
}

/** A machine with something else in one of its parts. */
function other(key: string, change: Inputs): MachineRule["bad"] {
  return (inputs) => {
    const changed = { ...part(inputs, key), ...change };
    return { ...inputs, [key]: changed };
  };
}

const account = (graph: Graph) =>
  `${graph.the("gcp:serviceaccount/account:Account").name}@my-project.iam.gserviceaccount.com`;

export const googleMachine: readonly MachineRule[] = [
  {
    id: "CKV_GCP_30",
    title: "the machine isn't the project's default service account",
    holds: (inputs, graph) => part(inputs, "serviceAccount").email === account(graph),
    bad: other("serviceAccount", { email: "123-compute@developer.gserviceaccount.com" }),
  },
  {
    id: "CKV_GCP_31",
    title: "the machine's token doesn't reach every API",
    holds: (inputs) => {
      const scopes = part(inputs, "serviceAccount").scopes as string[];
      return scopes.length > 0 && scopes.every((scope) => /auth\/(?:logging|monitoring)\.write$/.test(scope));
    },
    bad: other("serviceAccount", { scopes: ["https://www.googleapis.com/auth/cloud-platform"] }),
  },
  {
    id: "CKV_GCP_32",
    title: "the project's ssh keys don't open the machine",
    holds: (inputs) => part(inputs, "metadata")["block-project-ssh-keys"] === "TRUE",
    bad: other("metadata", { "block-project-ssh-keys": "FALSE" }),
  },
  {
    id: "CKV_GCP_34",
    title: "the machine doesn't switch OS Login off",
    holds: (inputs) => part(inputs, "metadata")["enable-oslogin"] === "TRUE",
    bad: other("metadata", { "enable-oslogin": "FALSE" }),
  },
  {
    id: "CKV_GCP_35",
    title: "the serial console is off",
    holds: (inputs) => part(inputs, "metadata")["serial-port-enable"] === "FALSE",
    bad: other("metadata", { "serial-port-enable": "TRUE" }),
  },
  {
    id: "CKV_GCP_36",
    title: "the machine forwards no packets of others",
    holds: ({ canIpForward }) => canIpForward === false,
    bad: (inputs) => ({ ...inputs, canIpForward: true }),
  },
  {
    id: "CKV_GCP_39",
    title: "the machine is shielded",
    holds: (inputs) => {
      const { enableVtpm, enableIntegrityMonitoring, enableSecureBoot } = part(
        inputs,
        "shieldedInstanceConfig",
      );
      return enableVtpm === true && enableIntegrityMonitoring === true && enableSecureBoot === true;
    },
    bad: other("shieldedInstanceConfig", { enableVtpm: false }),
  },
];

export const amazonMachine: readonly MachineRule[] = [
  {
    id: "CKV_AWS_8",
    title: "every volume of the machine is encrypted",
    holds: (inputs) =>
      part(inputs, "rootBlockDevice").encrypted === true &&
      ((inputs.ebsBlockDevices as Inputs[] | undefined) ?? []).every(({ encrypted }) => encrypted === true),
    bad: other("rootBlockDevice", { encrypted: false }),
  },
  {
    id: "CKV_AWS_46",
    title: "user data holds no secret",
    holds: (inputs) => !/AKIA|PRIVATE KEY|_KEY=|password:/i.test(userDataOf(inputs)),
    bad: (inputs) => ({
      ...inputs,
      userDataBase64: compressed(`${userDataOf(inputs)}\nexport AWS_SECRET_ACCESS_KEY=x\n`),
    }),
  },
  {
    id: "CKV_AWS_79",
    title: "the metadata service wants a token",
    holds: (inputs) => part(inputs, "metadataOptions").httpTokens === "required",
    bad: other("metadataOptions", { httpTokens: "optional" }),
  },
  {
    id: "CKV_AWS_135",
    title: "the machine has bandwidth of its own to its volumes",
    holds: ({ ebsOptimized }) => ebsOptimized === true,
    bad: (inputs) => ({ ...inputs, ebsOptimized: undefined }),
  },
  {
    id: "CKV_AWS_341",
    title: "the metadata service answers one hop far",
    holds: (inputs) => part(inputs, "metadataOptions").httpPutResponseHopLimit === 1,
    bad: other("metadataOptions", { httpPutResponseHopLimit: 2 }),
  },
  {
    id: "CKV2_AWS_41",
    title: "the machine has an instance profile",
    holds: ({ iamInstanceProfile }) => typeof iamInstanceProfile === "string" && iamInstanceProfile !== "",
    bad: (inputs) => ({ ...inputs, iamInstanceProfile: undefined }),
  },
];
