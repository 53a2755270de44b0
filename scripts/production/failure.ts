/** Why a deployment stops: told to whoever runs it, without a stack. */
export class DeployFailure extends Error {}
