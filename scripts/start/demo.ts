import path from "node:path";
import { type Deployment, deployFolder } from "../deploy/deploy-folder.ts";
import type { ServerlessApi } from "../deploy/serverless-api.ts";

const FOLDER = path.join(import.meta.dirname, "../../examples/ahoy");

/** Deploys examples/ahoy as any client of the API would; throws as `deployFolder` does. */
export function deployDemo(api: ServerlessApi): Promise<Deployment> {
  return deployFolder(api, FOLDER, {
    serviceName: "ahoy",
    environmentName: "demo",
    domainSuffix: "demo",
  });
}
