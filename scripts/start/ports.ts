import { createServer } from "node:net";
import { StartFailure } from "./failure.ts";

/**
 * Returns `port`, or any free one for 0, once it is known that this process may listen on it on the
 * loopback address. Throws StartFailure when it is taken or not allowed.
 */
export function claimPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, port)));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : port));
    });
  });
}

function explain(error: NodeJS.ErrnoException, port: number): StartFailure {
  const another = `PORT=<number> npm start listens elsewhere`;
  if (error.code === "EADDRINUSE") {
    return new StartFailure(`Port ${port} is in use by another program.\n${another}`);
  }
  if (error.code === "EACCES") {
    return new StartFailure(`This user may not listen on port ${port}.\n${another}`);
  }
  return new StartFailure(`Cannot listen on 127.0.0.1:${port}: ${error.message}`);
}
